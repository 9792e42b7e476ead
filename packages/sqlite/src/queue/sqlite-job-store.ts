import { realpathSync } from 'node:fs';
import type { Clock } from '@townkrier/core';
import {
  applyCancel,
  applyCrash,
  applyPatch,
  applyRetry,
  applySettlement,
  type ClaimedJob,
  type ClaimRequest,
  isFinished,
  type JobDelivery,
  type JobFence,
  type JobPage,
  type JobPatch,
  type JobStatus,
  type JobStore,
  type JobToInsert,
  type JobUpdate,
  noteLate,
  type QueueCapabilities,
  QueueError,
  QueueErrorCode,
  type QueueJob,
  type QueueSelection,
  type QueueStats,
  type ReapedJob,
  type ReplayOptions,
  type Settlement,
  type SettleResult,
  toQueueJob,
  toStoredDeliveries,
  wrongJobState,
} from '@townkrier/queue';
import { CommitWatch } from '../commit-watch.ts';
import { SqliteDatabase, type WriteOptions } from '../sqlite-database.ts';
import { SqliteError } from '../sqlite-errors.ts';
import { FairTurns } from './fair-turns.ts';
import { JobClaimer, toClaimedJob } from './job-claimer.ts';
import { JobCounts } from './job-counts.ts';
import { JobEviction } from './job-eviction.ts';
import { JobFinder, type JobSearch } from './job-finder.ts';
import { type InsertedJob, JobInserter } from './job-inserter.ts';
import { fromRow, type JobRow, type KeptJob, listToJson, toJson } from './job-row.ts';
import { joinTransaction } from './join-transaction.ts';
import { KeptJobs } from './kept-jobs.ts';
import { QUEUE_MIGRATIONS } from './queue-schema.ts';
import { RevokedClaims } from './revoked-claims.ts';
import { SharedValues } from './shared-values.ts';
import { SqliteEventLog } from './sqlite-event-log.ts';
import { SqliteSharedState } from './sqlite-shared-state.ts';
import { WorkerLeases } from './worker-leases.ts';

/** The number of no row. */
const NOWHERE = -1;

/** Where a job is. */
type JobPlace = Pick<JobRow, 'seq' | 'queue'>;

/** Times one clean-up deletes jobs whose `removeAfter` is over, some hundreds each; the rest waits for the next one. */
const MOST_LOOKS = 20;

/** What a {@link SqliteJobStore} needs. */
export interface SqliteJobStoreOptions {
  readonly file: string;
  readonly durability: 'full' | 'normal';
  readonly busyTimeout: number;
  readonly clock: Clock;
  /** Unfinished jobs kept at most. */
  readonly maxJobs: number;
  /** Milliseconds a finished job is kept. */
  readonly finishedMaxAge: number;
}

/** Jobs in a SQLite file that several processes of one machine may share; the machine's clock is the store's. */
export class SqliteJobStore implements JobStore {
  readonly capabilities: QueueCapabilities = {
    durability: 'machine',
    isShared: true,
    priorities: true,
    scheduling: true,
    cancelRunning: true,
    transactions: true,
    aging: true,
    fairness: true,
    sharedState: true,
    filters: ['status', 'queue', 'type', 'name', 'tag', 'owner', 'limit', 'offset', 'order'],
  };
  readonly shared: SqliteSharedState;
  readonly events: SqliteEventLog;
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;
  readonly #maxJobs: number;
  readonly #finishedMaxAge: number;
  readonly #counts: JobCounts;
  readonly #jobs: KeptJobs;
  readonly #inserter: JobInserter;
  readonly #claimer: JobClaimer;
  readonly #finder: JobFinder;
  readonly #leases: WorkerLeases;
  readonly #revoked: RevokedClaims;
  /** Where the jobs are that this process claimed: by the number of its row a job is found much faster than by its id. */
  readonly #places = new Map<string, JobPlace>();
  /** The workers of this process. */
  readonly #workerIds = new Set<string>();
  /** Runs while somebody listens: a worker, or whoever follows shared values or events. A process that only adds jobs hears nothing of commits. */
  #watch: CommitWatch | undefined;
  readonly #wakeCallbacks = new Set<() => void>();
  readonly #revokedCallbacks = new Set<(fence: JobFence) => void>();
  readonly #complete;
  readonly #patchDeliveries;
  readonly #eviction: JobEviction;
  #isClosed = false;

  /** @throws {SqliteError} when the file cannot be opened, or is newer than this package. */
  constructor({ clock, maxJobs, finishedMaxAge, ...file }: SqliteJobStoreOptions) {
    const database = new SqliteDatabase(file);
    database.migrate('queue', QUEUE_MIGRATIONS);
    const { connection } = database;
    this.#database = database;
    this.#clock = clock;
    this.#maxJobs = maxJobs;
    this.#finishedMaxAge = finishedMaxAge;
    this.#counts = new JobCounts(connection);
    const turns = new FairTurns(connection);
    this.#jobs = new KeptJobs(connection, this.#counts, turns);
    this.#inserter = new JobInserter(connection, maxJobs);
    this.#claimer = new JobClaimer(connection, this.#counts, turns);
    this.#finder = new JobFinder(database, this.#counts);
    this.#leases = new WorkerLeases(connection);
    this.#revoked = new RevokedClaims(connection);
    this.shared = new SqliteSharedState({
      values: new SharedValues(connection),
      clock,
      write: (work) => this.#write(work),
      onListening: () => this.#watchIfHeard(),
    });
    this.events = new SqliteEventLog({
      database,
      write: (work, options) => this.#write(work, options),
      onListening: () => this.#watchIfHeard(),
    });
    this.#complete = connection.prepare(
      `UPDATE townkrier_jobs
       SET status = 'completed', result = ?, error = NULL, deliveries = coalesce(?, deliveries), completed_at = ?, updated_at = ?
       WHERE seq = ? AND id = ? AND claims = ? AND worker_id = ? AND status = 'processing'`,
    );
    this.#patchDeliveries = connection.prepare(
      `UPDATE townkrier_jobs SET deliveries = ?, updated_at = ?
       WHERE seq = ? AND id = ? AND claims = ? AND worker_id = ? AND status = 'processing'`,
    );
    this.#eviction = new JobEviction(connection);
  }

  async insert(jobs: readonly JobToInsert[], transaction?: object): Promise<readonly InsertedJob[]> {
    const now = this.#clock.now();
    if (transaction !== undefined) return this.#insertWithin(transaction, jobs, now);
    const inserted = await this.#write(() => this.#inserter.insert(jobs, now));
    this.#wake();
    return inserted;
  }

  async claim(request: ClaimRequest): Promise<readonly ClaimedJob[]> {
    // Looked at first, because it needs no lock: an idle worker disturbs nobody.
    if (this.#claimer.msUntilNextDue(request, this.#clock.now()) !== 0) return [];
    // Not brought to the disk by itself: a power cut that loses a claim leaves the job as it was, pending.
    const claimed = await this.#write(
      (now) => {
        this.#leases.ensure(request.workerId, now);
        return { now, rows: this.#claimer.claim(request, now) };
      },
      { isSynced: false },
    );
    for (const { id, seq, queue } of claimed.rows) this.#places.set(id, { seq, queue });
    return claimed.rows.map((row) => toClaimedJob(row, request.workerId, claimed.now));
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleResult[]> {
    const results = await this.#write((now) =>
      settlements.map((settlement) => this.#settleOne(settlement, now)),
    );
    if (settlements.some(({ to }) => to === 'retrying' || to === 'pending')) this.#wake();
    return results;
  }

  async update(fence: JobFence, patch: JobPatch): Promise<boolean> {
    return this.#write((now) => this.#updateOne({ fence, patch }, now));
  }

  async updateMany(updates: readonly JobUpdate[]): Promise<readonly boolean[]> {
    return this.#write((now) => updates.map((update) => this.#updateOne(update, now)));
  }

  async heartbeat(workerId: string, leaseMs: number): Promise<void> {
    this.#workerIds.add(workerId);
    await this.#write((now) => this.#leases.extend(workerId, now + leaseMs));
  }

  async reapExpired(maxCrashes: number): Promise<readonly ReapedJob[]> {
    if (!this.#leases.hasExpired(this.#clock.now())) return [];
    const reaped = await this.#write((now) =>
      this.#leases.takeExpired(now).map((row) => this.#reapOne(fromRow(row), maxCrashes, now)),
    );
    if (reaped.length > 0) this.#wake();
    return reaped;
  }

  async forgetWorker(workerId: string): Promise<void> {
    this.#workerIds.delete(workerId);
    await this.#write(() => {
      this.#leases.forget(workerId);
      this.#revoked.forgetWorker(workerId);
    });
  }

  async msUntilNextDue(selection: QueueSelection = {}): Promise<number | null> {
    return this.#claimer.msUntilNextDue(selection, this.#clock.now());
  }

  onWake(callback: () => void): () => void {
    // A wrapper of its own, so that one function registered twice is undone one at a time.
    const wake = (): void => callback();
    this.#wakeCallbacks.add(wake);
    this.#watchIfHeard();
    return () => {
      this.#wakeCallbacks.delete(wake);
      this.#watchIfHeard();
    };
  }

  onRevoked(callback: (fence: JobFence) => void): () => void {
    this.#revokedCallbacks.add(callback);
    return () => this.#revokedCallbacks.delete(callback);
  }

  async get(id: string): Promise<QueueJob | null> {
    const job = this.#jobs.find(id);
    return job === null ? null : toQueueJob(job);
  }

  async find(search: JobSearch): Promise<JobPage> {
    return this.#finder.find(search);
  }

  async stats(queue?: string): Promise<QueueStats> {
    return this.#counts.stats(queue);
  }

  async countAhead(id: string): Promise<number | null> {
    return this.#database.read(() => this.#claimer.countAhead(id));
  }

  async retry(id: string, options: ReplayOptions = {}): Promise<QueueJob> {
    const retried = await this.#write((now) => {
      const job = this.#jobs.require(id);
      const from = job.status;
      applyRetry(job, now, options);
      this.#jobs.save(job, from);
      if (options.payload !== undefined) this.#jobs.savePayload(id, options.payload);
      return toQueueJob(job);
    });
    this.#wake();
    return retried;
  }

  async cancel(id: string): Promise<{ readonly job: QueueJob; readonly from: JobStatus }> {
    return this.#write((now) => {
      const job = this.#jobs.require(id);
      const from = job.status;
      if (isFinished(from)) throw wrongJobState('cancelled', job, 'It has already ended.');
      this.#revoke(job);
      applyCancel(job, now);
      this.#jobs.save(job, from);
      return { job: toQueueJob(job), from };
    });
  }

  async remove(id: string): Promise<QueueJob> {
    return this.#write(() => {
      const job = this.#jobs.require(id);
      if (job.status === 'processing') throw wrongJobState('deleted', job, 'Cancel it first.');
      this.#jobs.remove(job);
      return toQueueJob(job);
    });
  }

  async evictFinished(): Promise<void> {
    const finished = this.#counts.all().filter(({ status }) => isFinished(status));
    const oldest = this.#clock.now() - this.#finishedMaxAge;
    for (const { queue, status } of finished) {
      await this.#write(() => {
        this.#counts.change(queue, status, -this.#eviction.evict({ queue, status }, oldest));
      });
    }
    await this.#evictLeaving();
  }

  async #evictLeaving(): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS && this.#eviction.hasLeaving(this.#clock.now()); looks++) {
      await this.#write((now) => {
        for (const { queue, status } of this.#eviction.evictLeaving(now))
          this.#counts.change(queue, status, -1);
      });
    }
  }

  async ping(): Promise<void> {
    await this.#write(() => undefined);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#wakeCallbacks.clear();
    this.#revokedCallbacks.clear();
    this.shared.close();
    this.events.close();
    this.#watchIfHeard();
    this.#database.close();
  }

  /** One transaction: the changes of jobs that `work` makes, and those of the counters. */
  async #write<Result>(work: (now: number) => Result, options?: WriteOptions): Promise<Result> {
    try {
      return await this.#database.write(() => {
        this.#counts.begin();
        const result = work(this.#clock.now());
        this.#counts.flush();
        return result;
      }, options);
    } catch (error) {
      throw SqliteError.is(error, 'SQLITE_BUSY') ? unavailable(error) : error;
    }
  }

  #insertWithin(transaction: object, jobs: readonly JobToInsert[], now: number): readonly InsertedJob[] {
    const handle = joinTransaction(transaction, realpathSync(this.#database.file));
    // All or none, though the transaction itself goes on.
    handle.exec('SAVEPOINT townkrier_insert');
    try {
      return new JobInserter(handle, this.#maxJobs).insert(jobs, now);
    } catch (error) {
      handle.exec('ROLLBACK TO townkrier_insert');
      throw error;
    } finally {
      handle.exec('RELEASE townkrier_insert');
    }
  }

  #updateOne({ fence, patch }: JobUpdate, now: number): boolean {
    if (patch.deliveries !== undefined && patch.progress === undefined && patch.log === undefined) {
      return this.#saveDeliveries(fence, patch.deliveries, now);
    }
    const job = this.#jobs.held(fence);
    if (job === null) return false;
    applyPatch(job, patch, now);
    this.#jobs.save(job, job.status);
    return true;
  }

  /** The common change, twice for each notification: one statement, and nothing is read. */
  #saveDeliveries(
    { jobId, claim, workerId }: JobFence,
    deliveries: readonly JobDelivery[],
    now: number,
  ): boolean {
    const seq = (this.#places.get(jobId) ?? this.#jobs.row(jobId))?.seq ?? NOWHERE;
    const stored = listToJson(toStoredDeliveries(deliveries));
    return Number(this.#patchDeliveries.run(stored, now, seq, jobId, claim, workerId).changes) > 0;
  }

  #settleOne(settlement: Settlement, now: number): SettleResult {
    if (settlement.to === 'completed') return this.#completeOne(settlement, now);
    this.#places.delete(settlement.jobId);
    const job = this.#jobs.held(settlement);
    if (job === null) return this.#refuse(settlement, now);
    applySettlement(job, settlement, now);
    this.#jobs.save(job, 'processing');
    return 'stored';
  }

  /** The common end: one statement, and nothing is read. */
  #completeOne(settlement: Extract<Settlement, { to: 'completed' }>, now: number): SettleResult {
    const { jobId, claim, workerId, result, deliveries } = settlement;
    const stored = deliveries === undefined ? null : listToJson(toStoredDeliveries(deliveries));
    const place = this.#places.get(jobId) ?? this.#jobs.row(jobId);
    this.#places.delete(jobId);
    if (place === null) return 'stale';
    const { changes } = this.#complete.run(
      toJson(result),
      stored,
      now,
      now,
      place.seq,
      jobId,
      claim,
      workerId,
    );
    if (Number(changes) === 0) return this.#refuse(settlement, now);
    this.#counts.move(place.queue, 'processing', 'completed');
    return 'stored';
  }

  #refuse({ jobId, claim }: JobFence, now: number): SettleResult {
    const job = this.#jobs.find(jobId);
    if (job !== null && noteLate(job, claim, now)) this.#jobs.saveAttempts(job);
    return 'stale';
  }

  #reapOne(job: KeptJob, maxCrashes: number, now: number): ReapedJob {
    const to = applyCrash(job, maxCrashes, now);
    this.#jobs.save(job, 'processing');
    return { job: toQueueJob(job), to };
  }

  #watchIfHeard(): void {
    if (this.#wakeCallbacks.size > 0 || this.shared.hasListeners || this.events.hasListeners) {
      this.#watch ??= new CommitWatch(this.#database, this.#onForeignCommit);
    } else {
      this.#watch?.close();
      this.#watch = undefined;
    }
  }

  /** Leaves word for the process that runs the job; its own process is told by the caller. */
  #revoke({ id: jobId, claims: claim, workerId, status }: KeptJob): void {
    if (status !== 'processing' || workerId === null || this.#workerIds.has(workerId)) return;
    this.#revoked.add({ jobId, claim, workerId });
  }

  readonly #onForeignCommit = (): void => {
    this.#wake();
    this.shared.look();
    this.events.look();
    const revoked = this.#revoked.of(this.#workerIds);
    if (revoked.length === 0) return;
    for (const fence of revoked) for (const tell of this.#revokedCallbacks) tell(fence);
    // What cannot be removed now is told again with the next commit, which does no harm.
    this.#write(() => this.#revoked.remove(revoked)).catch(() => undefined);
  };

  readonly #wake = (): void => {
    for (const wake of this.#wakeCallbacks) wake();
  };
}

function unavailable(error: SqliteError): QueueError {
  return new QueueError(QueueErrorCode.QUEUE_UNAVAILABLE, error.message, error);
}
