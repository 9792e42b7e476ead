import type { NewJob } from '../queue-adapter.ts';
import type { MissedPolicy, OverlapPolicy, ScheduleState } from './schedule-state.ts';

/** A schedule as it is kept. */
export interface Schedule {
  readonly name: string;
  /** What is added at each slot. */
  readonly job: NewJob;
  /** `null` for one in even steps. */
  readonly cron: string | null;
  /** `null` for one in even steps. */
  readonly timeZone: string | null;
  /** Milliseconds from slot to slot; `null` for one by cron. */
  readonly every: number | null;
  readonly startAt: Date | null;
  readonly endAt: Date | null;
  readonly missed: MissedPolicy;
  readonly overlap: OverlapPolicy;
  readonly isPaused: boolean;
  /** When it fires next; in the past while no process is there to fire it. `null` while it pauses, and when its last slot is over. */
  readonly nextAt: Date | null;
  /** The slot it fired for last, or when it was run by hand. */
  readonly lastAt: Date | null;
  /** The job that was added then; it may have been forgotten since. */
  readonly lastJobId: string | null;
}

/** What is kept, for those who read it. */
export function toSchedule(name: string, { spec, ...state }: ScheduleState): Schedule {
  return {
    name,
    job: spec.job,
    cron: spec.cron?.expression ?? null,
    timeZone: spec.cron?.timeZone ?? null,
    every: spec.every,
    startAt: toDate(spec.startAt),
    endAt: toDate(spec.endAt),
    missed: spec.missed,
    overlap: spec.overlap,
    isPaused: state.isPaused,
    nextAt: toDate(state.nextAt),
    lastAt: toDate(state.lastAt),
    lastJobId: state.lastJobId,
  };
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
