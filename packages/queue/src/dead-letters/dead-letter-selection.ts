import { parseOptions } from '@townkrier/core';
import { z } from 'zod';
import type { QueueJob } from '../job.ts';
import type { JobFilters, QueueCapabilities } from '../queue-adapter.ts';
import { failurePatternOf } from './failure-pattern.ts';

/** Which dead letters. All given conditions must hold; none means all of them. */
export interface DeadLetterSelection {
  readonly queue?: string | undefined;
  readonly type?: string | undefined;
  readonly name?: string | undefined;
  readonly owner?: string | undefined;
  readonly tag?: string | undefined;
  /** Those that failed for one reason, as `DeadLetters.groups` names it. */
  readonly group?: string | undefined;
  /** Only those that may be started again; or, with `false`, only those that may not. */
  readonly isReplayable?: boolean | undefined;
}

/** What the adapter finds jobs by, and what is left to look for in each. */
export interface ResolvedSelection {
  readonly filters: JobFilters;
  /** `null`: the filters say it all. */
  readonly matches: ((job: QueueJob) => boolean) | null;
}

const text = z.string().min(1).optional();

/** The keys of a {@link DeadLetterSelection}. */
export const selectionShape = {
  queue: text,
  type: text,
  name: text,
  owner: text,
  tag: text,
  group: text,
  isReplayable: z.boolean().optional(),
};
const schema = z.strictObject(selectionShape);

/** What a selection depends on besides itself. */
export interface SelectionContext {
  readonly maxReplays: number;
  /** What the adapter can find jobs by. */
  readonly capabilities: Pick<QueueCapabilities, 'filters'>;
}

type Condition = (job: QueueJob) => boolean;

/**
 * Checks a selection, and leaves to the adapter what it can find by. An unknown key is refused, as everything would be selected without it.
 * @throws {TownKrierError} `CONFIG_INVALID`.
 */
export function resolveSelection(
  selection: DeadLetterSelection,
  { maxReplays, capabilities }: SelectionContext,
  what: string,
): ResolvedSelection {
  const { group, isReplayable, ...fields } = parseOptions(schema, selection, what);
  const conditions: Condition[] = [];
  if (group !== undefined) conditions.push((job) => failurePatternOf(job).group === group);
  if (isReplayable !== undefined) conditions.push((job) => job.replays < maxReplays === isReplayable);
  const filters: Record<string, string> = { status: 'failed' };
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (capabilities.filters.some((known) => known === key)) filters[key] = value;
    else conditions.push((job) => valuesOf(job, key).includes(value));
  }
  const matches = conditions.length === 0 ? null : (job: QueueJob) => conditions.every((holds) => holds(job));
  return { filters, matches };
}

function valuesOf(job: QueueJob, key: string): readonly unknown[] {
  return key === 'tag' ? job.tags : [Reflect.get(job, key)];
}
