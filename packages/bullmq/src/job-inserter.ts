import {
  type JobToInsert,
  QueueError,
  QueueErrorCode,
  type QueueJob,
  toQueueJob,
  toStoredJob,
} from '@townkrier/queue';
import { fromBullMqName, toBullMqName, toKeyField } from './bullmq-names.ts';
import { toBullMqPriority, toDocument, toReadJob } from './job-document.ts';
import { JobNumbers } from './job-numbers.ts';
import type { JobRedis } from './job-redis.ts';
import { toList, toText } from './reply.ts';

/** A job as it is kept, and whether it was just stored. */
export interface InsertedJob {
  readonly job: QueueJob;
  readonly isNew: boolean;
}

/** What bounds an insert. */
export interface InsertLimits {
  /** Unfinished jobs kept at most. */
  readonly maxJobs: number;
  /** Milliseconds Redis may take to answer. */
  readonly enqueueTimeout: number;
}

const NONE_KEPT: readonly unknown[] = [];

/** Stores jobs, all or none. */
export class JobInserter {
  readonly #redis: JobRedis;
  readonly #limits: InsertLimits;
  readonly #numbers = new JobNumbers();
  /** Which queues were made ready, and when. Within one millisecond nothing new becomes due, and no queue need be announced twice. */
  readonly #ready = new Set<string>();
  #readyAt = 0;

  constructor(redis: JobRedis, limits: InsertLimits) {
    this.#redis = redis;
    this.#limits = limits;
  }

  /** @throws {QueueError} `QUEUE_FULL`; `QUEUE_JOB_INVALID` for an id that a job of somebody else's has; `QUEUE_UNAVAILABLE`. */
  async insert(jobs: readonly JobToInsert[]): Promise<readonly InsertedJob[]> {
    const { maxJobs, enqueueTimeout } = this.#limits;
    const now = this.#redis.now();
    const queues = this.#queuesToMakeReady(jobs, now);
    let number = this.#numbers.take(jobs.length, now);
    const values: (string | number)[] = [
      Number.isFinite(maxJobs) ? maxJobs : '',
      number,
      queues.length,
      ...queues,
    ];
    for (const job of jobs) pushValues(values, job, { now, number: number++ });
    const reply = await this.#redis.run(this.#redis.scripts.insert, now, values, enqueueTimeout);
    const [outcome, details, count] = toList(reply);
    if (outcome === 'full') throw full(Number(details), Number(count), maxJobs);
    if (outcome === 'taken') throw taken(fromBullMqName(toText(details)));
    for (const queue of queues) this.#ready.add(queue);
    const inserted = details === undefined ? NONE_KEPT : toList(details);
    return jobs.map((job, i) => toInserted(job, inserted[i], now));
  }

  #queuesToMakeReady(jobs: readonly JobToInsert[], now: number): readonly string[] {
    if (now !== this.#readyAt) {
      this.#readyAt = now;
      this.#ready.clear();
    }
    const queues: string[] = [];
    for (const { queue } of jobs) {
      const name = toBullMqName(queue);
      if (!this.#ready.has(name) && !queues.includes(name)) queues.push(name);
    }
    return queues;
  }
}

function pushValues(
  values: (string | number)[],
  job: JobToInsert,
  { now, number }: { readonly now: number; readonly number: number },
): void {
  const dueAt = job.scheduledFor === null ? now : Math.ceil(job.scheduledFor);
  values.push(
    toBullMqName(job.queue),
    toBullMqName(job.id),
    job.name,
    toDocument(job, number),
    toBullMqPriority(job.priority),
    job.maxRetries + 1,
    dueAt > now ? dueAt : '',
    job.idempotencyKey === null ? '' : toKeyField(job.idempotencyKey),
    job.keyRetention ?? '',
  );
}

function toInserted(job: JobToInsert, reply: unknown, now: number): InsertedJob {
  const kept = toReadJob(reply);
  if (kept !== null) return { job: toQueueJob(kept.job), isNew: false };
  return { job: toQueueJob(toStoredJob(job, now)), isNew: true };
}

function full(unfinished: number, count: number, maxJobs: number): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_FULL,
    `The queue keeps ${unfinished} unfinished jobs and ${count} more were added, but maxJobs is ${maxJobs}. ` +
      'Work off the backlog with more workers, slow down the producer, or raise maxJobs.',
  );
}

function taken(id: string): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_JOB_INVALID,
    `id must be one that no other job in BullMQ's queue has, got ${JSON.stringify(id)}, which was not added through TownKrier.`,
  );
}
