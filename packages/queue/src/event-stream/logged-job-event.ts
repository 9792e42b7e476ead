import type { JsonValue } from '@townkrier/core';
import { z } from 'zod';
import type { JobEvent, JobEventName } from '../events.ts';
import { JobStatus } from '../job.ts';
import type { LoggedEvent } from '../job-store.ts';
import type { StreamedEvent } from './event-stream.ts';

/** Characters of a reason that the log keeps: it has room for thousands of events, not for thousands of stacks. */
const MAX_REASON_LENGTH = 1_000;

const shape = {
  at: z.number().transform((at) => new Date(at)),
  jobId: z.string(),
  queue: z.string(),
  type: z.string(),
  name: z.string(),
  status: z.enum(JobStatus),
  attempts: z.number(),
};
const plain = z.object(shape);
const withReason = z.object({ ...shape, reason: z.string() });

/** What the log says of each event. Nothing else is read, whoever wrote it. */
const schema = z.discriminatedUnion('name', [
  entryOf('job:enqueued', plain),
  entryOf('job:started', plain),
  entryOf('job:progress', z.object({ ...shape, percent: z.number() })),
  entryOf('job:completed', z.object({ ...shape, runMs: z.number(), waitMs: z.number() })),
  entryOf('job:retrying', z.object({ ...shape, delayMs: z.number(), reason: z.string() })),
  entryOf('job:failed', withReason.extend({ runMs: z.number().nullable(), waitMs: z.number().nullable() })),
  entryOf('job:cancelled', z.object({ ...shape, reason: z.string().exactOptional() })),
  entryOf('job:released', plain),
  entryOf('job:late', z.object({ ...shape, workerId: z.string() })),
  entryOf('job:deleted', plain),
]);

/** The events that the log keeps. */
export const LOGGED_NAMES: readonly JobEventName[] = schema.options.map(({ shape }) => shape.name.value);

/** An event as the log keeps it: flat, because that is written as JSON in half the time. */
export function toLogged(name: JobEventName, event: JobEvent & { readonly reason?: string }): JsonValue {
  const logged = { ...event, at: event.at.getTime(), event: name };
  if (event.reason === undefined || event.reason.length <= MAX_REASON_LENGTH) return logged;
  return { ...logged, reason: event.reason.slice(0, MAX_REASON_LENGTH) };
}

/** What was logged, or `null` when it is none of these: a newer version of this package has told of something else. */
export function fromLogged({ cursor, event }: LoggedEvent): StreamedEvent | null {
  const { data } = schema.safeParse({ name: nameOf(event), event });
  return data === undefined ? null : { cursor, ...data };
}

function nameOf(logged: JsonValue): JsonValue | undefined {
  const isObject = typeof logged === 'object' && logged !== null && 'event' in logged;
  return isObject ? logged['event'] : undefined;
}

function entryOf<Name extends JobEventName, Event extends z.ZodType>(name: Name, event: Event) {
  return z.object({ name: z.literal(name), event });
}
