import {
  applyCancel,
  applyCrash,
  applyRetry,
  isFinished,
  type JobStatus,
  jobNotFound,
  noteLate,
  QueueError,
  QueueErrorCode,
  type QueueJob,
  type ReapedJob,
  type ReplayOptions,
  type StoredJob,
  toQueueJob,
  wrongJobState,
} from '@townkrier/queue';
import { toBullMqName } from './bullmq-names.ts';
import { type ReadJob, toLeavingMoment, toReadJob, toState, withPayload } from './job-document.ts';
import type { JobRedis } from './job-redis.ts';
import { isOne, toList } from './reply.ts';

/** Tries before a change gives way to all the others that hit the same job. */
const MOST_TRIES = 20;
/** Stalled jobs read in one go. */
const STALLED_AT_ONCE = 100;

/** How a job is changed. */
interface Change {
  /** The list it gets; `''` to stay where it is. */
  readonly to: 'open' | 'failed' | 'cancelled' | '';
  /** Why it ended. */
  readonly reason?: string;
  /** Only if no worker holds it. */
  readonly isUnheld?: boolean;
  /** Its document, if it gets another. */
  readonly data?: string;
}

/**
 * Changes jobs that no worker of this process holds: reads one, works out what it becomes, and stores that if nobody changed it meanwhile. Otherwise it
 * begins anew.
 */
export class JobChanger {
  readonly #redis: JobRedis;

  constructor(redis: JobRedis) {
    this.#redis = redis;
  }

  async read(id: string): Promise<ReadJob | null> {
    return toReadJob(await this.#redis.run(this.#redis.scripts.read, this.#redis.now(), [toBullMqName(id)]));
  }

  async cancel(id: string): Promise<{ readonly job: QueueJob; readonly from: JobStatus }> {
    return this.#change(id, ({ job }, now) => {
      const from = job.status;
      if (isFinished(from)) throw wrongJobState('cancelled', job, 'It has already ended.');
      applyCancel(job, now);
      return {
        change: { to: 'cancelled', reason: 'cancelled' },
        result: () => ({ job: toQueueJob(job), from }),
      };
    });
  }

  async retry(id: string, options: ReplayOptions = {}): Promise<QueueJob> {
    const { payload } = options;
    return this.#change(id, ({ job, data }, now) => {
      applyRetry(job, now, options);
      const change: Change = {
        to: 'open',
        ...(payload !== undefined && { data: withPayload(data, payload) }),
      };
      return { change, result: () => toQueueJob(job) };
    });
  }

  async remove(id: string): Promise<QueueJob> {
    const reply = await this.#redis.run(this.#redis.scripts.remove, this.#redis.now(), [toBullMqName(id)]);
    const removed = toReadJob(reply);
    if (removed === null) throw jobNotFound(id);
    if (removed.place === 'active') throw wrongJobState('deleted', removed.job, 'Cancel it first.');
    return toQueueJob(removed.job);
  }

  /** Notes that a worker reported about a claim that had been taken from it. */
  async noteLate(id: string, claim: number): Promise<void> {
    await this.#change(id, ({ job }, now) =>
      noteLate(job, claim, now) ? { change: { to: '' }, result: () => undefined } : null,
    ).catch((error: unknown) => {
      // A job that was deleted has no log.
      if (!QueueError.is(error, QueueErrorCode.QUEUE_JOB_NOT_FOUND)) throw error;
    });
  }

  /** Takes back the jobs that no worker holds any more. */
  async reap(maxCrashes: number): Promise<readonly ReapedJob[]> {
    const reaped: ReapedJob[] = [];
    for (;;) {
      const before = reaped.length;
      const now = this.#redis.now();
      const stalled = toList(await this.#redis.run(this.#redis.scripts.stalled, now, [STALLED_AT_ONCE]));
      for (const reply of stalled) {
        const one = await this.#reapOne(toReadJob(reply), maxCrashes, now);
        if (one !== null) reaped.push(one);
      }
      if (stalled.length < STALLED_AT_ONCE || reaped.length === before) return reaped;
    }
  }

  /** A job of somebody else's is left to them. */
  async #reapOne(read: ReadJob | null, maxCrashes: number, now: number): Promise<ReapedJob | null> {
    if (read === null) return null;
    const { job } = read;
    const to = applyCrash(job, maxCrashes, now);
    const change: Change =
      to === 'pending'
        ? { to: 'open', isUnheld: true }
        : { to: 'failed', reason: job.error?.message ?? '', isUnheld: true };
    return (await this.#store(read, change, now)) ? { job: toQueueJob(job), to } : null;
  }

  /** @param plan - Works out what the job becomes, and may refuse by throwing; `null` when there is nothing to do. */
  async #change<T>(
    id: string,
    plan: (read: ReadJob, now: number) => { readonly change: Change; readonly result: () => T } | null,
  ): Promise<T>;
  async #change<T>(
    id: string,
    plan: (read: ReadJob, now: number) => { readonly change: Change; readonly result: () => T } | null,
  ): Promise<T | undefined> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const read = await this.read(id);
      if (read === null) throw jobNotFound(id);
      const now = this.#redis.now();
      const planned = plan(read, now);
      if (planned === null) return undefined;
      if (await this.#store(read, planned.change, now)) return planned.result();
    }
    throw new QueueError(
      QueueErrorCode.QUEUE_UNAVAILABLE,
      `Job ${id} was changed by others ${MOST_TRIES} times while this change was worked out. Try again.`,
    );
  }

  /** @returns whether the job was as it was read. */
  async #store(
    { job, queue, id, place, starts, state }: ReadJob,
    change: Change,
    now: number,
  ): Promise<boolean> {
    const reply = await this.#redis.run(this.#redis.scripts.change, now, [
      queue,
      id,
      place,
      starts,
      state,
      change.to,
      change.reason ?? '',
      change.isUnheld ? '1' : '',
      change.to === 'cancelled' ? toLeavingMoment(job, now) : '',
      ...toFields(job, change.data),
    ]);
    return isOne(reply);
  }
}

function toFields(job: StoredJob, data: string | undefined): readonly (string | number)[] {
  const fields = ['tk:state', toState(job), 'tk:at', job.updatedAt];
  if (data !== undefined) fields.push('data', data);
  if (job.deliveries.length > 0) fields.push('tk:deliveries', JSON.stringify(job.deliveries));
  return fields;
}
