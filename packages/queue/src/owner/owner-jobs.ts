import { parseOptions } from '@townkrier/core';
import { z } from 'zod';
import { DEFAULT_MAX_REPLAYS } from '../dead-letters/dead-letters-options.ts';
import { jobNotFound } from '../errors.ts';
import type { JobLogLine, QueueJob } from '../job.ts';
import type { JobFilters, QueueAdapter } from '../queue-adapter.ts';
import type { QueuePosition } from '../statistics/queue-statistics.ts';
import { type OwnJob, type OwnJobStatus, toOwnJob } from './own-job.ts';

/** What {@link OwnerJobs} work with. */
export interface OwnerJobsParts {
  readonly adapter: QueueAdapter;
  readonly cancel: (jobId: string) => Promise<QueueJob>;
  /** `null` also where positions cannot be told. */
  readonly position: (jobId: string) => Promise<QueuePosition | null>;
}

/** A page of somebody's jobs. */
export interface OwnJobPage {
  readonly jobs: readonly OwnJob[];
  /** How many there are in all. */
  readonly total: number;
}

const ownerSchema = z.string().min(1);

/**
 * Somebody's own jobs: those that were added with this `owner`. A job of somebody else answers as one that does not exist, so an id may come from wherever it likes; who asks is for the app to
 * know.
 *
 * @throws {QueueError} `QUEUE_JOB_NOT_FOUND` from every method that is given an id, for one that is not the owner's or not kept.
 */
export class OwnerJobs {
  readonly owner: string;
  readonly #parts: OwnerJobsParts;

  /** @throws {TownKrierError} `CONFIG_INVALID` for an owner that is no text or empty: whoever is not logged in owns nothing. */
  constructor(owner: string, parts: OwnerJobsParts) {
    this.owner = parseOptions(ownerSchema, owner, 'forOwner');
    this.#parts = parts;
  }

  /**
   * A page, newest first unless asked otherwise; 50 unless `limit` says otherwise.
   * @throws {QueueError} `QUEUE_JOB_INVALID` for a wrong filter; `QUEUE_UNSUPPORTED` where jobs cannot be found by their owner.
   */
  async jobs(filters: Omit<JobFilters, 'owner'> = {}): Promise<OwnJobPage> {
    const { jobs, total } = await this.#parts.adapter.findJobs({ ...filters, owner: this.owner });
    return { jobs: jobs.map(toOwnJob), total };
  }

  /** All that is kept of it, its payload and stacks too: for the app, rather than for its answer. */
  async get(jobId: string): Promise<QueueJob> {
    const job = await this.#parts.adapter.getJob(jobId);
    if (job === null || job.owner !== this.owner) throw jobNotFound(jobId);
    return job;
  }

  /** How it stands, for a person who waits for it. */
  async status(jobId: string): Promise<OwnJobStatus> {
    const job = await this.get(jobId);
    return { ...toOwnJob(job), position: await this.#parts.position(jobId) };
  }

  /** Where it stands; `null` when it does not wait, its time has not come, or the adapter cannot tell. */
  async position(jobId: string): Promise<QueuePosition | null> {
    await this.get(jobId);
    return this.#parts.position(jobId);
  }

  /** The newest 100 lines that its handler wrote, oldest first. */
  async logs(jobId: string): Promise<readonly JobLogLine[]> {
    return (await this.get(jobId)).logs;
  }

  /** Ends it; one that runs is told to stop. @throws {QueueError} `QUEUE_JOB_STATE` when it has ended. */
  async cancel(jobId: string): Promise<OwnJob> {
    await this.get(jobId);
    return toOwnJob(await this.#parts.cancel(jobId));
  }

  /**
   * Starts it again when it failed or was cancelled, or at once when it waits.
   * @throws {QueueError} `QUEUE_JOB_STATE`; `QUEUE_REPLAY_LIMIT` when it was started again five times.
   */
  async retry(jobId: string): Promise<OwnJob> {
    await this.get(jobId);
    return toOwnJob(await this.#parts.adapter.retryJob(jobId, { maxReplays: DEFAULT_MAX_REPLAYS }));
  }
}
