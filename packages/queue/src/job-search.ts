import { expectationOf } from '@townkrier/core';
import { z } from 'zod';
import { QueueError, QueueErrorCode } from './errors.ts';
import { JobStatus } from './job.ts';
import { invalid } from './new-job.ts';
import type { JobFilters, QueueCapabilities } from './queue-adapter.ts';

const statusSchema = z.enum(JobStatus, { error: `expected one of ${Object.values(JobStatus).join(', ')}` });
const textSchema = z.string().min(1);
const schema = z.strictObject({
  status: z.union([statusSchema, z.array(statusSchema)]).optional(),
  queue: textSchema.optional(),
  type: textSchema.optional(),
  name: textSchema.optional(),
  tag: textSchema.optional(),
  owner: textSchema.optional(),
  limit: z.int().min(1).max(1000).default(50),
  offset: z.int().min(0).default(0),
  order: z.enum(['asc', 'desc']).default('desc'),
});

/** Filters with the page decided, as a `JobStore` takes them. */
export type JobSearch = Required<Pick<JobFilters, 'limit' | 'offset' | 'order'>> & JobFilters;

/**
 * Checks filters and applies the defaults of the page.
 *
 * @throws {QueueError} `QUEUE_JOB_INVALID`, naming the filter and its value; `QUEUE_UNSUPPORTED` for one the adapter cannot filter by.
 */
export function resolveJobSearch(filters: JobFilters, capabilities: QueueCapabilities): JobSearch {
  const parsed = schema.safeParse(filters);
  if (!parsed.success) throw toQueueError(filters, parsed.error);
  for (const [key, value] of Object.entries(parsed.data)) {
    if (value === undefined || capabilities.filters.some((known) => known === key)) continue;
    throw new QueueError(
      QueueErrorCode.QUEUE_UNSUPPORTED,
      `This adapter cannot filter jobs by ${key}; it can by ${capabilities.filters.join(', ')}.`,
    );
  }
  return withoutUndefined(parsed.data);
}

function withoutUndefined(search: z.output<typeof schema>): JobSearch {
  const given = Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
  return { ...given, limit: search.limit, offset: search.offset, order: search.order };
}

function toQueueError(filters: JobFilters, { issues }: z.ZodError): QueueError {
  const [issue] = issues;
  if (issue?.code === 'unrecognized_keys') {
    return invalid('filters', issue.keys.join(', '), `made of ${Object.keys(schema.shape).join(', ')}`);
  }
  const key = String(issue?.path[0] ?? 'filters');
  const expectation = issue === undefined ? null : expectationOf(issue);
  return invalid(key, Reflect.get(Object(filters), key), expectation ?? issue?.message ?? 'valid');
}
