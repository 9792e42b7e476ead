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
 * is repeated call by call, unless the store is away.
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
      for (const group of inGroups(adds)) await this.#commit(group);
    }
    this.#flushing = null;
  }

  async #commit(group: readonly PendingAdd[]): Promise<void> {
    try {
      this.#report(group, await this.#runtime.store.insert(jobsOf(group)));
    } catch (error) {
      if (group.length > 1 && isWorthRepeating(error)) for (const add of group) await this.#commit([add]);
      else for (const add of group) add.reject(error);
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

/** Whether a group failed because of one of its adds, perhaps. When the store is away, each would only wait for it once more. */
function isWorthRepeating(error: unknown): boolean {
  return !TownKrierError.is(error, QueueErrorCode.QUEUE_UNAVAILABLE);
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
