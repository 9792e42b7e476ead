import { isFinished } from '../job.ts';
import type { NewJob, QueueAdapter } from '../queue-adapter.ts';
import { type MissedPolicy, type ScheduleSpec, type ScheduleState, timingOf } from './schedule-state.ts';
import type { KeptSchedule, ScheduleStore } from './schedule-store.ts';
import { lastSlots, nextSlot, type Timing } from './timing.ts';

/** What schedules need of an adapter. */
export type ScheduleAdapter = Pick<QueueAdapter, 'add' | 'getJob' | 'shared' | 'audit'>;

/** The most jobs that are added for slots that passed unseen. */
const MAX_CATCH_UP = 100;

/** Milliseconds a slot may be late and not count as missed: twice what a process waits at most until it looks again. */
const ON_TIME_MS = 60_000;

/**
 * Adds the jobs of a schedule whose slot has come, and moves it on to its next. The jobs come first, with ids that follow from their slots: a process that dies between
 * the two has its jobs found by the next one, and of two that come at once both add the same job.
 *
 * @returns when it fires next; the moment it was due when somebody else changed it meanwhile, so that it is looked at again.
 */
export async function fireIfDue(
  adapter: ScheduleAdapter,
  store: ScheduleStore,
  kept: KeptSchedule,
  now: number,
): Promise<number | null> {
  const { state } = kept;
  if (state.nextAt === null || state.nextAt > now) return state.nextAt;
  const next = await fire(adapter, kept, state.nextAt, now);
  return (await store.replace(kept, next)) ? next.nextAt : state.nextAt;
}

/** The moments of a job. */
export interface FiringMoments {
  /** The moment it stands for. */
  readonly slotAt: number;
  readonly now: number;
}

/** The job that a schedule adds now. */
export function toScheduledJob(name: string, spec: ScheduleSpec, { slotAt, now }: FiringMoments): NewJob {
  const { job, expiresIn } = spec;
  return {
    ...job,
    ...(expiresIn !== null && { expiresAt: now + expiresIn }),
    tags: [...(job.tags ?? []), `schedule:${name}`],
    metadata: { ...job.metadata, schedule: name, slotAt: new Date(slotAt).toISOString() },
  };
}

/** @returns what is to be kept of it now. */
async function fire(
  adapter: ScheduleAdapter,
  { name, state }: KeptSchedule,
  dueAt: number,
  now: number,
): Promise<ScheduleState> {
  const timing = timingOf(state.spec, state.since);
  const next = { ...state, nextAt: nextSlot(timing, now) };
  if (state.spec.overlap === 'skip') {
    const begun = await adapter.getJob(idOfSlot(name, dueAt));
    // A process added it and died before it said so. Slots since then are looked at after this one.
    if (begun !== null)
      return { ...state, lastAt: dueAt, lastJobId: begun.id, nextAt: nextSlot(timing, dueAt) };
    if (await isUnfinished(adapter, state.lastJobId)) return next;
  }
  const slots = slotsToFire(timing, dueAt, now, state.spec.missed);
  const lastAt = slots.at(-1);
  if (lastAt === undefined) return next;
  await adapter.add(slots.map((slotAt) => toFiring(name, state.spec, { slotAt, now })));
  return { ...next, lastAt, lastJobId: idOfSlot(name, lastAt) };
}

function slotsToFire(timing: Timing, dueAt: number, now: number, missed: MissedPolicy): readonly number[] {
  const limit = missed === 'all' ? MAX_CATCH_UP : 1;
  const slots = lastSlots(timing, { from: dueAt, until: now, limit });
  return missed === 'skip' ? slots.filter((slot) => now - slot <= ON_TIME_MS) : slots;
}

async function isUnfinished(adapter: ScheduleAdapter, jobId: string | null): Promise<boolean> {
  const job = jobId === null ? null : await adapter.getJob(jobId);
  return job !== null && !isFinished(job.status);
}

function toFiring(name: string, spec: ScheduleSpec, moments: FiringMoments): NewJob {
  const id = idOfSlot(name, moments.slotAt);
  return { ...toScheduledJob(name, spec, moments), id, idempotencyKey: id };
}

function idOfSlot(name: string, slotAt: number): string {
  return `schedule:${name}:${new Date(slotAt).toISOString()}`;
}
