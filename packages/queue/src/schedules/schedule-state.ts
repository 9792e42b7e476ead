import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '@townkrier/core';
import { z } from 'zod';
import { toFrozenJson } from '../frozen-json.ts';
import type { NewJob } from '../queue-adapter.ts';
import { invalidSchedule, type Timing } from './timing.ts';

/** Bytes of JSON a schedule may have: what an adapter takes as a payload, unless it is told otherwise. */
const MAX_BYTES = 262_144;

/** What becomes of slots that no process was there for. */
export const MISSED_POLICIES = ['skip', 'once', 'all'] as const;
export type MissedPolicy = (typeof MISSED_POLICIES)[number];

/** What happens at a slot while the job of the one before has not ended. */
export const OVERLAP_POLICIES = ['allow', 'skip'] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

const moment = z.number().nullable();

/** Loose, so that a process of an older version does not drop what a newer one keeps. */
const specSchema = z.looseObject({
  /** What is added at each slot. */
  job: z.custom<NewJob>(isJob, 'expected a job'),
  /** Milliseconds after it was added from when on a job is too late. */
  expiresIn: z.number().positive().nullable(),
  /** One of the two: */
  cron: z.looseObject({ expression: z.string(), timeZone: z.string() }).nullable(),
  every: z.number().positive().nullable(),
  startAt: moment,
  endAt: moment,
  missed: z.enum(MISSED_POLICIES),
  overlap: z.enum(OVERLAP_POLICIES),
});

const stateSchema = z.looseObject({
  spec: specSchema,
  /** When its timing was set: what `every` counts from unless `startAt` says. */
  since: z.number(),
  /** The next slot; `null` while it pauses and when it is over. */
  nextAt: moment,
  /** When it last fired. */
  lastAt: moment,
  lastJobId: z.string().nullable(),
  isPaused: z.boolean(),
});

/** What somebody asked for. */
export type ScheduleSpec = z.output<typeof specSchema>;
/** What is kept of a schedule. Moments are in milliseconds since the epoch. */
export type ScheduleState = z.output<typeof stateSchema>;

/**
 * A spec as it reads once it was stored.
 * @throws {QueueError} `QUEUE_PAYLOAD_INVALID`, naming the path, for what is no plain data; `QUEUE_PAYLOAD_TOO_LARGE`.
 */
export function toStoredSpec(spec: ScheduleSpec): ScheduleSpec {
  return specSchema.parse(toFrozenJson(spec, { what: 'schedule', maxBytes: MAX_BYTES }));
}

/** @throws {QueueError} as {@link toStoredSpec}. */
export function toStoredState(state: ScheduleState): JsonValue {
  return toFrozenJson(state, { what: 'schedule', maxBytes: 2 * MAX_BYTES });
}

/** @throws {QueueError} `QUEUE_SCHEDULE_INVALID` for what this version cannot read. */
export function readState(name: string, value: JsonValue): ScheduleState {
  const parsed = stateSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.map(String).join('.')).join(', ');
  throw invalidSchedule(`what is stored of ${JSON.stringify(name)} cannot be read here (${fields})`);
}

export function isSameSpec(one: ScheduleSpec, other: ScheduleSpec): boolean {
  return isDeepStrictEqual(one, other);
}

/** Whether both fire at the same moments, if set at the same moment. */
export function hasSameTiming(one: ScheduleSpec, other: ScheduleSpec): boolean {
  return isDeepStrictEqual(
    [one.cron, one.every, one.startAt, one.endAt],
    [other.cron, other.every, other.startAt, other.endAt],
  );
}

/** When a schedule fires whose timing was set at `since`. */
export function timingOf(
  spec: Pick<ScheduleSpec, 'cron' | 'every' | 'startAt' | 'endAt'>,
  since: number,
): Timing {
  const { cron, every, startAt, endAt } = spec;
  if (cron !== null) return { cron: cron.expression, timeZone: cron.timeZone, startAt, endAt };
  if (every === null) throw invalidSchedule('it has neither cron nor every');
  // Without a start the first slot is a whole step away.
  return { every, anchorAt: startAt ?? since + every, startAt, endAt };
}

function isJob(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
