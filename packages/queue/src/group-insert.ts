import { TownKrierError } from '@townkrier/core';
import { QueueErrorCode } from './errors.ts';
import type { QueueJob } from './job.ts';
import type { JobToInsert } from './job-store.ts';
import { emitJobEvent, type Runtime, soon } from './runtime.ts';

/** Jobs in one call of the store, so that a large backlog of adds does not hold up the event loop. A single larger add stays whole. */
const MAX_JOBS_PER_COMMIT = 500;

interface PendingAdd {
  readonly jobs: readonly JobToInsert[];
  readonly resolve: (jobs: QueueJob[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits the adds of one tick together. Each caller's jobs are stored all or none, and one caller's failure is not another's: a commit that fails
 * is repeated call by call. When the store is away, all that wait are refused with it.
 */
export class GroupInsert {
  readonly #runtime: Runtime;
  #pending: PendingAdd[] = [];
  #flushing: Promise<void> | null = null;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Resolves when the jobs are stored. */
  add(jobs: readonly JobToInsert[]): Promise<QueueJob[]> {
    if (jobs.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#pending.push({ jobs, resolve, reject });
      this.#flushing ??= this.#flushSoon();
    });
  }

  /** Resolves when nothing waits to be stored. */
  async idle(): Promise<void> {
    while (this.#flushing !== null) await this.#flushing;
  }

  async #flushSoon(): Promise<void> {
    await new Promise<void>((resolve) => soon(this.#runtime.store, resolve));
    while (this.#pending.length > 0) {
      const adds = this.#pending;
      this.#pending = [];
      // The usual case by itself: each step more between two adds of one caller is felt.
      const away = adds.length === 1 ? await this.#commit(adds) : await this.#commitEach(inGroups(adds));
      if (away !== null) refuse(this.#pending.splice(0), away);
    }
    this.#flushing = null;
  }

  /** @returns the error by which the store said that it is away, if it did; from then on nothing was tried. */
  async #commitEach(groups: Iterable<readonly PendingAdd[]>): Promise<TownKrierError | null> {
    let away: TownKrierError | null = null;
    for (const group of groups) {
      if (away === null) away = await this.#commit(group);
      else refuse(group, away);
    }
    return away;
  }

  async #commit(group: readonly PendingAdd[]): Promise<TownKrierError | null> {
    try {
      this.#report(group, await this.#runtime.store.insert(jobsOf(group)));
      return null;
    } catch (error) {
      if (!isAway(error) && group.length > 1) return this.#commitEach(group.map((add) => [add]));
      refuse(group, error);
      return isAway(error) ? error : null;
    }
  }

  #report(
    group: readonly PendingAdd[],
    inserted: readonly { readonly job: QueueJob; readonly isNew: boolean }[],
  ): void {
    let position = 0;
    for (const add of group) {
      const jobs: QueueJob[] = [];
      for (let i = 0; i < add.jobs.length; i++) {
        const one = inserted[position++];
        if (one === undefined) continue;
        jobs.push(one.job);
        if (one.isNew) emitJobEvent(this.#runtime, 'job:enqueued', one.job, {});
      }
      add.resolve(jobs);
    }
  }
}

/** Whether the store gave up waiting. Whoever came next would only wait for it once more, and the last of many for very long. */
function isAway(error: unknown): error is TownKrierError {
  return TownKrierError.is(error, QueueErrorCode.QUEUE_UNAVAILABLE);
}

function refuse(adds: readonly PendingAdd[], error: unknown): void {
  for (const add of adds) add.reject(error);
}

function jobsOf(group: readonly PendingAdd[]): readonly JobToInsert[] {
  const jobs: JobToInsert[] = [];
  for (const add of group) for (const job of add.jobs) jobs.push(job);
  return jobs;
}

function* inGroups(adds: readonly PendingAdd[]): Generator<readonly PendingAdd[]> {
  let group: PendingAdd[] = [];
  let size = 0;
  for (const add of adds) {
    if (group.length > 0 && size + add.jobs.length > MAX_JOBS_PER_COMMIT) {
      yield group;
      group = [];
      size = 0;
    }
    group.push(add);
    size += add.jobs.length;
  }
  if (group.length > 0) yield group;
}
