import type { Clock } from '@townkrier/core';
import {
  type ClaimedJob,
  type ClaimRequest,
  type JobFence,
  type JobPage,
  type JobPatch,
  type JobStatus,
  type JobStore,
  type JobToInsert,
  type QueueCapabilities,
  type QueueJob,
  type QueueSelection,
  type QueueStats,
  type ReapedJob,
  type ReplayOptions,
  type Settlement,
  type SettleResult,
  toQueueJob,
} from '@townkrier/queue';
import { toUnavailable } from './bullmq-errors.ts';
import { BullMqEventLog } from './bullmq-event-log.ts';
import { fromBullMqName } from './bullmq-names.ts';
import { BullMqSharedState } from './bullmq-shared-state.ts';
import { JobChanger } from './job-changer.ts';
import { JobClaims } from './job-claims.ts';
import { JobEviction } from './job-eviction.ts';
import { JobFinder, type JobSearch } from './job-finder.ts';
import { type InsertedJob, type InsertLimits, JobInserter } from './job-inserter.ts';
import { JobRedis } from './job-redis.ts';
import { RedisLink, type RedisLinkOptions } from './redis-link.ts';
import { WakeChannel } from './wake-channel.ts';

/** What a {@link BullMqJobStore} needs. */
export interface BullMqJobStoreOptions extends InsertLimits {
  readonly connection: RedisLinkOptions['connection'];
  readonly prefix: string;
  readonly clock: Clock;
  /** Milliseconds a worker holds a job without saying that it lives, unless it says otherwise. */
  readonly leaseMs: number;
  /** Milliseconds a finished job is kept. */
  readonly finishedMaxAge: number;
  /** Told when Redis is away, and of failures nobody else hears of. */
  readonly onError: (error: unknown) => void;
}

/**
 * Jobs in BullMQ's queues on Redis. What happens to a job is done by BullMQ's own scripts; ours call them, and keep beside them what BullMQ has no place
 * for. The moments are those of the machine that makes a call, as in BullMQ; only its locks run out by Redis' clock.
 */
export class BullMqJobStore implements JobStore {
  readonly capabilities: QueueCapabilities = {
    durability: 'machine',
    isShared: true,
    priorities: true,
    scheduling: true,
    cancelRunning: true,
    transactions: false,
    aging: false,
    fairness: false,
    sharedState: true,
    filters: ['status', 'queue', 'limit', 'offset', 'order'],
  };
  readonly shared: BullMqSharedState;
  readonly events: BullMqEventLog;
  readonly #link: RedisLink;
  readonly #patience: number;
  readonly #redis: JobRedis;
  readonly #inserter: JobInserter;
  readonly #claims: JobClaims;
  readonly #changer: JobChanger;
  readonly #finder: JobFinder;
  readonly #eviction: JobEviction;
  readonly #wakes: WakeChannel;
  readonly #revokedCallbacks = new Set<(fence: JobFence) => void>();

  /** @throws {BullMqError} `BULLMQ_UNSUPPORTED_VERSION`. */
  constructor(options: BullMqJobStoreOptions) {
    const { connection, enqueueTimeout: patience, onError } = options;
    const link = new RedisLink({ connection, patience, onError });
    const redis = new JobRedis(link, options);
    this.#link = link;
    this.#patience = patience;
    this.#redis = redis;
    this.#inserter = new JobInserter(redis, options);
    this.#claims = new JobClaims(redis, options.leaseMs);
    this.#changer = new JobChanger(redis);
    this.#finder = new JobFinder(redis);
    this.#eviction = new JobEviction(redis, options);
    this.#wakes = new WakeChannel({ link, root: redis.root, onError, onRevoked: this.#onRevoked });
    this.shared = new BullMqSharedState({ link, redis, wakes: this.#wakes, clock: options.clock });
    this.events = new BullMqEventLog({ link, redis, wakes: this.#wakes });
  }

  async insert(jobs: readonly JobToInsert[]): Promise<readonly InsertedJob[]> {
    const inserted = await this.#inserter.insert(jobs);
    this.#wakes.wake();
    return inserted;
  }

  async claim(request: ClaimRequest): Promise<readonly ClaimedJob[]> {
    this.#wakes.noteTakenUp(this.#redis.toMarks(request));
    return (await this.#claims.settleAndClaim([], request)).claimed;
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleResult[]> {
    return (await this.#settle(settlements, null)).results;
  }

  settleAndClaim(settlements: readonly Settlement[], request: ClaimRequest) {
    return this.#settle(settlements, request);
  }

  update(fence: JobFence, patch: JobPatch): Promise<boolean> {
    return this.#claims.update(fence, patch);
  }

  async heartbeat(workerId: string, leaseMs: number): Promise<void> {
    const lost = await this.#claims.extend(workerId, leaseMs);
    for (const fence of lost) {
      // The news of a cancel may have been missed.
      const read = await this.#changer.read(fence.jobId);
      if (read?.job.status === 'cancelled') this.#tellRevoked(fence);
    }
  }

  async reapExpired(maxCrashes: number): Promise<readonly ReapedJob[]> {
    const reaped = await this.#changer.reap(maxCrashes);
    if (reaped.length > 0) this.#wakes.wake();
    return reaped;
  }

  async forgetWorker(workerId: string): Promise<void> {
    this.#claims.forget(workerId);
  }

  async msUntilNextDue(selection: QueueSelection = {}): Promise<number | null> {
    const next = await this.#finder.nextDue(selection);
    this.#wakes.listen(next.queues.map((queue) => this.#redis.markOf(queue)));
    return next.ms;
  }

  onWake(callback: () => void): () => void {
    return this.#wakes.add(callback);
  }

  onRevoked(callback: (fence: JobFence) => void): () => void {
    this.#revokedCallbacks.add(callback);
    return () => this.#revokedCallbacks.delete(callback);
  }

  async get(id: string): Promise<QueueJob | null> {
    const read = await this.#changer.read(id);
    return read === null ? null : toQueueJob(read.job);
  }

  find(search: JobSearch): Promise<JobPage> {
    return this.#finder.find(search);
  }

  stats(queue?: string): Promise<QueueStats> {
    return this.#finder.stats(queue);
  }

  async retry(id: string, options?: ReplayOptions): Promise<QueueJob> {
    const job = await this.#changer.retry(id, options);
    this.#wakes.wake();
    return job;
  }

  countAhead(id: string): Promise<number | null> {
    return this.#finder.countAhead(id);
  }

  cancel(id: string): Promise<{ readonly job: QueueJob; readonly from: JobStatus }> {
    return this.#changer.cancel(id);
  }

  remove(id: string): Promise<QueueJob> {
    return this.#changer.remove(id);
  }

  async evictFinished(): Promise<void> {
    this.#eviction.start();
  }

  async ping(): Promise<void> {
    try {
      await this.#link.send((client) => client.ping(), this.#patience);
    } catch (error) {
      throw toUnavailable(error);
    }
  }

  async close(): Promise<void> {
    await this.#eviction.close();
    this.#revokedCallbacks.clear();
    this.#wakes.close();
    this.#link.close();
  }

  async #settle(settlements: readonly Settlement[], request: ClaimRequest | null) {
    const { stored, claimed } = await this.#claims.settleAndClaim(settlements, request);
    const results = stored.map((isStored): SettleResult => (isStored ? 'stored' : 'stale'));
    for (const [i, { jobId, claim }] of settlements.entries()) {
      if (results[i] === 'stale') await this.#changer.noteLate(jobId, claim);
    }
    if (settlements.some(({ to }) => to === 'pending' || to === 'retrying')) this.#wakes.wake();
    return { results, claimed };
  }

  readonly #onRevoked = (id: string, starts: number): void => {
    const fence = this.#claims.fenceOf(fromBullMqName(id), starts);
    if (fence !== null) this.#tellRevoked(fence);
  };

  #tellRevoked(fence: JobFence): void {
    for (const callback of [...this.#revokedCallbacks]) callback(fence);
  }
}
