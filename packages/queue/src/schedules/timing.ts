import { Cron } from 'croner';
import { QueueError, QueueErrorCode } from '../errors.ts';

/** When a schedule fires. Moments are in milliseconds since the epoch. */
export type Timing = (CronTiming | IntervalTiming) & {
  /** No slot before it; `null`: from now on. */
  readonly startAt: number | null;
  /** No slot after it; `null`: for ever. */
  readonly endAt: number | null;
};

/** By the calendar and the wall clock of a time zone. */
export interface CronTiming {
  readonly cron: string;
  readonly timeZone: string;
}

/** In even steps, whatever wall clocks do: at `anchorAt`, and every `every` milliseconds after it. */
interface IntervalTiming {
  readonly every: number;
  readonly anchorAt: number;
}

/** From `from`, which is a slot, to `until`, both included, and `limit` of them at most. */
export interface SlotRange {
  readonly from: number;
  readonly until: number;
  readonly limit: number;
}

/** The first slot after a moment; `null` when there is none. */
export function nextSlot(timing: Timing, after: number): number | null {
  return nextSlots(timing, after, 1)[0] ?? null;
}

/** The first `count` slots after a moment; fewer when there are no more. */
export function nextSlots(timing: Timing, after: number, count: number): readonly number[] {
  const { startAt, endAt } = timing;
  const from = startAt === null ? after : Math.max(after, startAt - 1);
  const slots = 'cron' in timing ? nextOfCron(timing, from, count) : nextOfInterval(timing, from, count);
  return endAt === null ? slots : slots.filter((slot) => slot <= endAt);
}

/** The last slots of a range, oldest first. Counts back from its end, so that it costs as little after a year as after a minute. */
export function lastSlots(timing: Timing, { from, until, limit }: SlotRange): readonly number[] {
  const end = timing.endAt === null ? until : Math.min(until, timing.endAt);
  const range = { from: from + 1, until: end, limit };
  const later = 'cron' in timing ? lastOfCron(timing, range) : lastOfInterval(timing, range);
  // `from` was promised, though another version of the time zone's rules may not know it.
  return [from, ...later].slice(-limit);
}

/**
 * Refuses an expression or a time zone that cannot be read.
 * @throws {QueueError} `QUEUE_SCHEDULE_INVALID`, saying what is wrong.
 */
export function checkCron(timing: CronTiming): void {
  const { cron, timeZone } = timing;
  if (!isTimeZone(timeZone)) {
    throw invalidSchedule(
      `timeZone must be a name of the IANA's such as "Europe/Vienna", got ${JSON.stringify(timeZone)}`,
    );
  }
  // The parser takes a date as well, for something that happens once.
  if (cron.includes(':')) throw invalidSchedule(`cron must be an expression, got ${JSON.stringify(cron)}`);
  try {
    parse(timing);
  } catch (error) {
    throw invalidSchedule(`cron ${JSON.stringify(cron)} cannot be read: ${messageOf(error)}`, error);
  }
}

/** The error for a schedule that cannot be. */
export function invalidSchedule(problem: string, cause?: unknown): QueueError {
  return new QueueError(QueueErrorCode.QUEUE_SCHEDULE_INVALID, `The schedule is invalid: ${problem}.`, cause);
}

function nextOfCron(timing: CronTiming, after: number, count: number): readonly number[] {
  return parse(timing)
    .nextRuns(count, new Date(after))
    .map((date) => date.getTime());
}

function lastOfCron(timing: CronTiming, { from, until, limit }: SlotRange): readonly number[] {
  const pattern = parse(timing);
  const slots: number[] = [];
  // One by one: before `from` there may be none for years.
  let slot = pattern.previousRuns(1, new Date(until + 1))[0];
  while (slot !== undefined && slot.getTime() >= from && slots.length < limit) {
    slots.unshift(slot.getTime());
    slot = pattern.previousRuns(1, slot)[0];
  }
  return slots;
}

function nextOfInterval(
  { every, anchorAt }: IntervalTiming,
  after: number,
  count: number,
): readonly number[] {
  const first = Math.max(0, Math.floor((after - anchorAt) / every) + 1);
  return Array.from({ length: count }, (_, i) => anchorAt + (first + i) * every);
}

function lastOfInterval(
  { every, anchorAt }: IntervalTiming,
  { from, until, limit }: SlotRange,
): readonly number[] {
  const last = Math.floor((until - anchorAt) / every);
  const first = Math.max(Math.ceil((from - anchorAt) / every), last - limit + 1);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => anchorAt + (first + i) * every);
}

/**
 * With `no-wildcard`, an expression that names its hours and minutes fires each of them once a day, also on the days when clocks change; one with `*` or a step in them goes
 * through the hours as they really pass.
 */
function parse({ cron, timeZone }: CronTiming): Cron {
  return new Cron(cron, { timezone: timeZone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' });
}

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^CronPattern: |\.$/g, '') : String(error);
}
