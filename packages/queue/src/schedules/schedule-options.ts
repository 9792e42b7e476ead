import { parseOptions } from '@townkrier/core';
import { z } from 'zod';
import type { JobDefinition } from '../define-job.ts';
import { type TypedJobOptions, toTypedJob } from '../typed-job.ts';
import {
  MISSED_POLICIES,
  type MissedPolicy,
  OVERLAP_POLICIES,
  type OverlapPolicy,
  type ScheduleSpec,
  toStoredSpec,
} from './schedule-state.ts';
import { checkCron } from './timing.ts';

/** The zone of expressions that name none: never the machine's, which may differ from process to process. */
const DEFAULT_TIME_ZONE = 'UTC';

/** By the calendar. */
export interface CronSchedule {
  /**
   * Five fields (minute, hour, day of the month, month, day of the week), or six with the seconds first; `@daily` and the like; `L`, `W` and `#` as Quartz has them. Given both
   * days, one of them suffices.
   */
  readonly cron: string;
  /** A name of the IANA's, whose wall clock counts. @default 'UTC' */
  readonly timeZone?: string | undefined;
  readonly every?: undefined;
}

/** In even steps, which changes of wall clocks do not touch. */
export interface IntervalSchedule {
  /** Milliseconds from slot to slot, a second or more. Slots are counted from `startAt`, or from when this was set; late ones do not push those after them back. */
  readonly every: number;
  readonly cron?: undefined;
  readonly timeZone?: undefined;
}

/** When slots are. */
export type ScheduleSlots = (CronSchedule | IntervalSchedule) & {
  /** No slot before it. One in the past asks for none that has passed. @default now */
  readonly startAt?: Date | undefined;
  /** No slot after it. @default for ever */
  readonly endAt?: Date | undefined;
};

/** What each job of a schedule gets instead of what its kind says. */
export type ScheduledJobOptions = Pick<TypedJobOptions, keyof typeof jobOptionsShape>;

/** What is to be added, and when. */
export type ScheduleOptions<Input> = ScheduleSlots & {
  /** Names the schedule in all processes; 1 to 200 characters. */
  readonly name: string;
  /** The kind of job that is added at each slot. */
  readonly job: JobDefinition<string, Input, unknown>;
  readonly payload: NoInfer<Input>;
  readonly options?: ScheduledJobOptions | undefined;
  /**
   * What becomes of slots that passed while no process was there to fire them: `skip` leaves them out, except one that passed less than a minute ago; `once` adds one job, for the latest;
   * `all` adds one for each of the latest 100, oldest first. @default 'once'
   */
  readonly missed?: MissedPolicy | undefined;
  /** Whether a slot fires while the job of the last one has not ended: `skip` leaves the slot out. Not with `missed: 'all'`. @default 'allow' */
  readonly overlap?: OverlapPolicy | undefined;
};

/** Whose values `toTypedJob` checks. What belongs to one job alone, such as its id, is not among them. */
const jobOptionsShape = {
  priority: z.unknown(),
  retries: z.unknown(),
  backoff: z.unknown(),
  timeout: z.unknown(),
  metadata: z.unknown(),
  tags: z.unknown(),
  owner: z.unknown(),
  groupKey: z.unknown(),
};

const slotsShape = {
  cron: z.string().max(256).optional(),
  timeZone: z.string().optional(),
  every: z.int().min(1_000).max(8.64e15).optional(),
  startAt: z.date().optional(),
  endAt: z.date().optional(),
};

const slotsSchema = checkSlots(z.strictObject(slotsShape));

const optionsSchema = checkSlots(
  z.strictObject({
    ...slotsShape,
    name: z.string().min(1).max(200),
    job: z.custom((value) => typeof value === 'object' && value !== null, 'expected what defineJob made'),
    payload: z.unknown(),
    options: z.strictObject(jobOptionsShape).partial().optional(),
    missed: z.enum(MISSED_POLICIES).default('once'),
    overlap: z.enum(OVERLAP_POLICIES).default('allow'),
  }),
).refine(({ missed, overlap }) => missed !== 'all' || overlap === 'allow', {
  message: "missed: 'all' adds jobs side by side, which overlap: 'skip' forbids",
});

/**
 * Checks a schedule and makes of it what is stored.
 * @throws {QueueError} `QUEUE_SCHEDULE_INVALID`; `QUEUE_PAYLOAD_INVALID`; `QUEUE_PAYLOAD_TOO_LARGE`.
 * @throws {TownKrierError} `CONFIG_INVALID`, naming key and value.
 */
export function resolveSchedule<Input>(options: ScheduleOptions<Input>): ScheduleSpec {
  const { missed, overlap, ...slots } = parseOptions(optionsSchema, options, 'schedules.set');
  // Each job's time begins when it is added, not now.
  const { expiresIn = null } = options.job;
  const job = toTypedJob({ ...options.job, expiresIn: undefined }, options.payload, options.options ?? {});
  return toStoredSpec({ ...resolveParsedSlots(slots), job, expiresIn, missed, overlap });
}

/** As {@link resolveSchedule}, for slots alone. */
export function resolveSlots(slots: ScheduleSlots) {
  return resolveParsedSlots(parseOptions(slotsSchema, slots, 'schedules.next'));
}

function resolveParsedSlots(slots: z.output<typeof slotsSchema>) {
  const { cron: expression, timeZone = DEFAULT_TIME_ZONE, every = null, startAt, endAt } = slots;
  if (expression !== undefined) checkCron({ cron: expression, timeZone });
  return {
    cron: expression === undefined ? null : { expression, timeZone },
    every,
    startAt: startAt?.getTime() ?? null,
    endAt: endAt?.getTime() ?? null,
  };
}

function checkSlots<Schema extends z.ZodType<z.output<z.ZodObject<typeof slotsShape>>>>(schema: Schema) {
  return schema
    .refine(({ cron, every }) => (cron === undefined) !== (every === undefined), {
      message: 'a schedule has either cron or every',
    })
    .refine(({ cron, timeZone }) => cron !== undefined || timeZone === undefined, {
      message: 'timeZone goes with cron; even steps have none',
    })
    .refine(({ startAt, endAt }) => startAt === undefined || endAt === undefined || startAt <= endAt, {
      message: 'endAt must not lie before startAt',
    });
}
