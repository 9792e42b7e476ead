import {
  type JobFilters,
  type JobPage,
  JobStatus,
  QueueError,
  QueueErrorCode,
  type QueueSelection,
  type QueueStats,
  toQueueJob,
} from '@townkrier/queue';
import { toBullMqName } from './bullmq-names.ts';
import { toReadJob } from './job-document.ts';
import { type JobRedis, toQueueValues, toSelectionValues } from './job-redis.ts';
import { isOne, toList, toText } from './reply.ts';

/** Filters with the page decided. */
export type JobSearch = Required<Pick<JobFilters, 'limit' | 'offset' | 'order'>> & JobFilters;

/** Times a page is asked for again because other tools moved or deleted jobs behind our back; each time puts some right. */
const MOST_TRIES = 100;

/** When the next job is due, and which queues were looked at. */
export interface NextDue {
  /** Milliseconds; `null` when none waits. */
  readonly ms: number | null;
  /** The names of the queues in BullMQ. */
  readonly queues: readonly string[];
}

/** Lists jobs and counts them. */
export class JobFinder {
  readonly #redis: JobRedis;

  constructor(redis: JobRedis) {
    this.#redis = redis;
  }

  async find({ status, queue, limit, offset, order }: JobSearch): Promise<JobPage> {
    const queues = toQueueValues(queue === undefined ? [] : [queue]);
    const statuses = typeof status === 'string' ? [status] : (status ?? Object.values(JobStatus));
    await this.#promote(queues);
    const values = [offset, limit, order === 'desc' ? '1' : '', ...queues, ...statuses];
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const page = await this.#redis.run(this.#redis.scripts.find, this.#redis.now(), values);
      if (page !== null) return toPage(page);
    }
    throw new QueueError(
      QueueErrorCode.QUEUE_UNAVAILABLE,
      'Another tool moves or deletes jobs in Redis faster than they can be listed. Try again.',
    );
  }

  async stats(queue: string | undefined): Promise<QueueStats> {
    const { stats } = this.#redis.scripts;
    const reply = await this.#redis.run(
      stats,
      this.#redis.now(),
      toQueueValues(queue === undefined ? [] : [queue]),
    );
    const [pending, scheduled, processing, retrying, completed, failed, cancelled] =
      toList(reply).map(Number);
    return {
      pending: pending ?? 0,
      scheduled: scheduled ?? 0,
      processing: processing ?? 0,
      retrying: retrying ?? 0,
      completed: completed ?? 0,
      failed: failed ?? 0,
      cancelled: cancelled ?? 0,
    };
  }

  async nextDue(selection: QueueSelection): Promise<NextDue> {
    const { nextDue } = this.#redis.scripts;
    const queues = toSelectionValues(selection);
    if (queues === null) return { ms: null, queues: [] };
    const [ms, names] = toList(await this.#redis.run(nextDue, this.#redis.now(), queues));
    return { ms: Number(ms) < 0 ? null : Number(ms), queues: toList(names).map(toText) };
  }

  /** How many jobs of its queue BullMQ hands out before this one; `null` when it does not wait for a worker now. */
  async countAhead(id: string): Promise<number | null> {
    for (;;) {
      const { countAhead } = this.#redis.scripts;
      const count = await this.#redis.run(countAhead, this.#redis.now(), [toBullMqName(id)]);
      if (count === null) return null;
      if (Number(count) >= 0) return Number(count);
    }
  }

  async #promote(queues: readonly (string | number)[]): Promise<void> {
    while (isOne(await this.#redis.run(this.#redis.scripts.promote, this.#redis.now(), queues))) {
      // There may be more that became due.
    }
  }
}

function toPage(reply: unknown): JobPage {
  const [total, found] = toList(reply);
  const jobs = toList(found).flatMap((job) => {
    const read = toReadJob(job);
    return read === null ? [] : [toQueueJob(read.job)];
  });
  return { jobs, total: Number(total) };
}
