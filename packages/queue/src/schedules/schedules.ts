import { type Clock, functionOption, parseOptions, systemClock } from '@townkrier/core';
import { z } from 'zod';
import { AuditAction } from '../audit/audit-entry.ts';
import { type AuditedChange, recordChange } from '../audit/audit-trail.ts';
import { QueueError, QueueErrorCode } from '../errors.ts';
import type { QueueJob } from '../job.ts';
import { warningOf } from '../process-warning.ts';
import { type ScheduleAdapter, toScheduledJob } from './firing.ts';
import { type Schedule, toSchedule } from './schedule.ts';
import { scheduleFacts, scheduleTarget } from './schedule-facts.ts';
import {
  resolveSchedule,
  resolveSlots,
  type ScheduleOptions,
  type ScheduleSlots,
} from './schedule-options.ts';
import {
  hasSameTiming,
  isSameSpec,
  type ScheduleSpec,
  type ScheduleState,
  timingOf,
} from './schedule-state.ts';
import { type KeptSchedule, ScheduleStore, toKept } from './schedule-store.ts';
import { ScheduleTicker } from './schedule-ticker.ts';
import { invalidSchedule, nextSlot, nextSlots, type Timing } from './timing.ts';

const warnOfScheduleError = warningOf('A schedule failed and is tried again.');

/** How schedules are watched. */
export interface SchedulesOptions {
  /** What wakes the watch; the time itself is the store's. @default the machine's clock */
  readonly clock?: Clock | undefined;
  /** Milliseconds between two looks at most: news of a change may be missed, and clocks drift. Infinite where neither can be. @default 30000 */
  readonly pollInterval?: number | undefined;
  /** Told when the store fails, or a schedule cannot be read or its job not be added; tried again after 5 seconds. @default a process warning */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const optionsSchema = z.strictObject({
  clock: z.custom<Clock>((value) => typeof value === 'object' && value !== null).default(systemClock),
  pollInterval: z.number().min(1).or(z.literal(Number.POSITIVE_INFINITY)).default(30_000),
  onError: functionOption<(error: unknown) => void>().default(() => warnOfScheduleError),
});

const countSchema = z.int().min(1).max(1_000);

/**
 * Jobs that are added again and again, by the calendar or in even steps. They are kept with the jobs: they survive restarts, all processes see the same ones, and of all processes that watch
 * them each slot adds one job. Its id follows from its slot, so that the job is there once also when a process dies while it adds it, as long as the adapter keeps jobs that
 * have ended for a moment.
 *
 * @example
 * await schedules.set({ name: 'briefing', job: sendBriefing, payload: {}, cron: '30 7 * * MON-FRI', timeZone: 'Europe/Vienna' });
 */
export class Schedules {
  readonly #adapter: ScheduleAdapter;
  readonly #clock: Clock;
  readonly #pollInterval: number;
  readonly #onError: (error: unknown) => void;
  #ticker: ScheduleTicker | undefined;
  #stopping: Promise<void> = Promise.resolve();

  /**
   * @param adapter - Not closed by this. One whose processes share nothing is taken, and every call but `start` and `stop` refused.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option.
   */
  constructor(adapter: ScheduleAdapter, options: SchedulesOptions = {}) {
    const { clock, pollInterval, onError } = parseOptions(optionsSchema, options, 'Schedules');
    this.#adapter = adapter;
    this.#clock = clock;
    this.#pollInterval = pollInterval;
    this.#onError = onError;
  }

  /**
   * Keeps a schedule under its name. Setting the same again changes nothing, so every process may do it at each start. A change of what is added keeps the next moment; a change of
   * when starts anew from now, or from `startAt`. One that pauses goes on pausing. What is set over a schedule of a newer version that this one cannot read is refused.
   *
   * @throws {QueueError} `QUEUE_SCHEDULE_INVALID` when it cannot be read or never fires; `QUEUE_PAYLOAD_INVALID`; `QUEUE_PAYLOAD_TOO_LARGE`; `QUEUE_UNSUPPORTED`.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong option.
   */
  async set<Input>(options: ScheduleOptions<Input>): Promise<Schedule> {
    const store = this.#requireStore();
    const spec = resolveSchedule(options);
    const { name } = options;
    const kept = await store.get(name);
    if (kept !== null && isSameSpec(kept.state.spec, spec)) return toSchedule(name, kept.state);
    const now = await store.shared.now();
    const first = planned(spec, now);
    const change: AuditedChange<ScheduleState> = {
      action: AuditAction.SCHEDULE_SET,
      target: scheduleTarget(name, first),
      before: kept && scheduleFacts(kept.state),
      after: scheduleFacts,
    };
    const state = await recordChange(this.#adapter.audit, change, () =>
      store.change(name, (current) => (current === null ? first : withSpec(current, first))),
    );
    return toSchedule(name, state);
  }

  /** All of them, by name. @throws {QueueError} `QUEUE_SCHEDULE_INVALID` when a newer version stored one that this one cannot read. */
  async list(): Promise<Schedule[]> {
    const entries = await this.#requireStore().entries();
    return entries.map(toKept).map(({ name, state }) => toSchedule(name, state));
  }

  /** The schedule, or `null`. */
  async get(name: string): Promise<Schedule | null> {
    const kept = await this.#requireStore().get(name);
    return kept === null ? null : toSchedule(name, kept.state);
  }

  /** Forgets a schedule; jobs it added stay. @throws {QueueError} `QUEUE_SCHEDULE_NOT_FOUND`. */
  async remove(name: string): Promise<void> {
    await this.#change(AuditAction.SCHEDULE_REMOVE, name, () => null);
  }

  /** Lets no slot fire until it is resumed; jobs that were added run. Does nothing when it pauses. @throws {QueueError} `QUEUE_SCHEDULE_NOT_FOUND`. */
  async pause(name: string): Promise<Schedule> {
    const state = await this.#change(AuditAction.SCHEDULE_PAUSE, name, (kept) =>
      kept.isPaused ? kept : { ...kept, isPaused: true, nextAt: null },
    );
    return toSchedule(name, state);
  }

  /** Goes on with the next slot from now; those that passed meanwhile are not missed. Does nothing when it does not pause. @throws {QueueError} `QUEUE_SCHEDULE_NOT_FOUND`. */
  async resume(name: string): Promise<Schedule> {
    const now = await this.#requireStore().shared.now();
    const state = await this.#change(AuditAction.SCHEDULE_RESUME, name, (kept) =>
      kept.isPaused
        ? { ...kept, isPaused: false, nextAt: nextSlot(timingOf(kept.spec, kept.since), now) }
        : kept,
    );
    return toSchedule(name, state);
  }

  /**
   * Adds its job now, once for each call, also while it pauses or its last job runs. Its slots stay as they are.
   * @throws {QueueError} `QUEUE_SCHEDULE_NOT_FOUND`; as `QueueManager.add`.
   */
  async runNow(name: string): Promise<QueueJob> {
    const { state } = await this.#require(name);
    const change: AuditedChange<QueueJob> = {
      action: AuditAction.SCHEDULE_RUN,
      target: scheduleTarget(name, state),
      before: scheduleFacts(state),
      after: ({ id }) => ({ ...scheduleFacts(state), lastJobId: id }),
    };
    return recordChange(this.#adapter.audit, change, () => this.#addNow(name, state.spec));
  }

  /**
   * The next slots of a schedule, or of slots that are not kept yet, for a person to look at; those of one that pauses as if it were resumed now. Fewer than `count` when it is over sooner.
   *
   * @param count - 1 to 1000.
   * @throws {QueueError} `QUEUE_SCHEDULE_NOT_FOUND`; `QUEUE_SCHEDULE_INVALID`; `QUEUE_UNSUPPORTED`.
   * @throws {TownKrierError} `CONFIG_INVALID`.
   */
  async next(schedule: string | ScheduleSlots, count = 5): Promise<Date[]> {
    const store = this.#requireStore();
    parseOptions(countSchema, count, 'schedules.next');
    const now = await store.shared.now();
    const timing =
      typeof schedule === 'string' ? await this.#timingOf(schedule) : timingOf(resolveSlots(schedule), now);
    return nextSlots(timing, now, count).map((slot) => new Date(slot));
  }

  /** Watches the schedules and adds jobs as their slots come, until `stop`. Does nothing while it does, nor where processes share nothing. */
  start(): void {
    if (this.#adapter.shared === undefined) return;
    this.#ticker ??= new ScheduleTicker({
      adapter: this.#adapter,
      store: this.#requireStore(),
      clock: this.#clock,
      pollInterval: this.#pollInterval,
      onError: this.#onError,
    });
  }

  /** Stops watching, and resolves when jobs in hand were added. May be started again without waiting. */
  stop(): Promise<void> {
    const ticker = this.#ticker;
    this.#ticker = undefined;
    if (ticker !== undefined) {
      this.#stopping = Promise.all([this.#stopping, ticker.stop()]).then(() => undefined);
    }
    return this.#stopping;
  }

  async #addNow(name: string, spec: ScheduleSpec): Promise<QueueJob> {
    const store = this.#requireStore();
    const now = await store.shared.now();
    const [job] = await this.#adapter.add([toScheduledJob(name, spec, { slotAt: now, now })]);
    if (job === undefined) {
      throw new QueueError(QueueErrorCode.QUEUE_JOB_NOT_FOUND, 'The adapter stored no job.');
    }
    await store.change(name, (state) => state && { ...state, lastAt: now, lastJobId: job.id });
    return job;
  }

  async #change<Next extends ScheduleState | null>(
    action: AuditAction,
    name: string,
    decide: (state: ScheduleState) => Next,
  ): Promise<Next> {
    const { state } = await this.#require(name);
    const change: AuditedChange<Next> = {
      action,
      target: scheduleTarget(name, state),
      before: scheduleFacts(state),
      after: (next) => next && scheduleFacts(next),
    };
    return recordChange(this.#adapter.audit, change, () =>
      this.#requireStore().change(name, (current) => {
        if (current === null) throw notFound(name);
        return decide(current);
      }),
    );
  }

  async #require(name: string): Promise<KeptSchedule> {
    const kept = await this.#requireStore().get(name);
    if (kept === null) throw notFound(name);
    return kept;
  }

  async #timingOf(name: string): Promise<Timing> {
    const { state } = await this.#require(name);
    return timingOf(state.spec, state.since);
  }

  #requireStore(): ScheduleStore {
    const { shared } = this.#adapter;
    if (shared !== undefined) return new ScheduleStore(shared);
    throw new QueueError(
      QueueErrorCode.QUEUE_UNSUPPORTED,
      'This adapter has nothing that processes share, so it keeps no schedules.',
    );
  }
}

/** What is kept once `next` was set over it. Whoever set the same meanwhile has it as it is. */
function withSpec(kept: ScheduleState, next: ScheduleState): ScheduleState {
  if (isSameSpec(kept.spec, next.spec)) return kept;
  if (hasSameTiming(kept.spec, next.spec)) return { ...kept, spec: next.spec };
  return { ...kept, spec: next.spec, since: next.since, nextAt: kept.isPaused ? null : next.nextAt };
}

/** @throws {QueueError} `QUEUE_SCHEDULE_INVALID` when there is no slot, however long one waits. */
function planned(spec: ScheduleSpec, now: number): ScheduleState {
  const timing = timingOf(spec, now);
  // One that is over is kept all the same: an app that sets it at each start must not fail once its time has passed.
  if (nextSlot({ ...timing, endAt: null }, now) === null) throw invalidSchedule('it never fires');
  return {
    spec,
    since: now,
    nextAt: nextSlot(timing, now),
    lastAt: null,
    lastJobId: null,
    isPaused: false,
  };
}

function notFound(name: string): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_SCHEDULE_NOT_FOUND,
    `No schedule ${JSON.stringify(name)} is kept. It was removed, or set under another name.`,
  );
}
