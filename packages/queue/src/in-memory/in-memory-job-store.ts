import type { Clock } from '@townkrier/core';
import { jobNotFound, QueueError, QueueErrorCode, wrongJobState } from '../errors.ts';
import type { JobDelivery, JobStatus, QueueJob } from '../job.ts';
import { isFinished } from '../job.ts';
import { poisonError } from '../job-error.ts';
import type { JobSearch } from '../job-search.ts';
import type {
  ClaimedJob,
  JobFence,
  JobPatch,
  JobStore,
  JobToInsert,
  ReapedJob,
  Settlement,
  SettleResult,
} from '../job-store.ts';
import type { JobPage, QueueCapabilities, QueueStats } from '../queue-adapter.ts';
import { deliveriesForCancel, deliveriesForReplay } from '../replay.ts';
import { closeAttempt, markLate, openAttempt } from './attempt-log.ts';
import { DelayedJobs } from './delayed-jobs.ts';
import { FinishedJobs, type HistoryLimits } from './finished-jobs.ts';
import { changeStatus, countJobs, findRecords } from './job-index.ts';
import { JobRecord, toSnapshot } from './job-record.ts';
import { type QueueShelf, QueueShelves } from './queue-shelf.ts';
import { ReadyJobs } from './ready-jobs.ts';
import { WorkerLeases } from './worker-leases.ts';

/** Lines of `log` a job keeps. */
const MAX_LOG_LINES = 100;

/** What an {@link InMemoryJobStore} needs. */
export interface InMemoryJobStoreOptions extends HistoryLimits {
  readonly clock: Clock;
  /** Unfinished jobs kept at most. */
  readonly maxJobs: number;
}

/**
 * Jobs in the memory of this process; gone when it ends. Every method does its work before its first pause, so each is atomic.
 *
 * A job that becomes due turns `pending` with the next call, whichever it is: no timer runs in the store.
 */
export class InMemoryJobStore implements JobStore {
  readonly capabilities: QueueCapabilities = {
    durability: 'process',
    isShared: false,
    priorities: true,
    scheduling: true,
    cancelRunning: true,
    transactions: false,
    filters: ['status', 'queue', 'type', 'name', 'tag', 'owner', 'limit', 'offset', 'order'],
  };
  readonly #clock: Clock;
  readonly #maxJobs: number;
  readonly #records = new Map<string, JobRecord>();
  readonly #recordsByKey = new Map<string, JobRecord>();
  readonly #shelves = new QueueShelves();
  readonly #ready = new ReadyJobs();
  readonly #delayed = new DelayedJobs();
  readonly #finished: FinishedJobs;
  readonly #workers = new WorkerLeases();
  readonly #wakeCallbacks = new Set<() => void>();
  #nextSequence = 0;
  #unfinished = 0;

  constructor(options: InMemoryJobStoreOptions) {
    this.#clock = options.clock;
    this.#maxJobs = options.maxJobs;
    this.#finished = new FinishedJobs(options);
  }

  async insert(
    jobs: readonly JobToInsert[],
  ): Promise<readonly { readonly job: QueueJob; readonly isNew: boolean }[]> {
    const now = this.#catchUp();
    this.#checkRoom(jobs);
    const inserted = jobs.map((job) => this.#insertOne(job, now));
    this.#wake();
    return inserted;
  }

  async claim(request: {
    readonly workerId: string;
    readonly limit: number;
    readonly queues?: readonly string[];
  }): Promise<readonly ClaimedJob[]> {
    const now = this.#catchUp();
    const shelves = this.#shelves.select(request.queues);
    const claimed: ClaimedJob[] = [];
    while (claimed.length < request.limit) {
      const record = this.#ready.peek(shelves);
      if (record === null) break;
      claimed.push(this.#claimOne(record, request.workerId, now));
    }
    return claimed;
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleResult[]> {
    const now = this.#catchUp();
    const results = settlements.map((settlement) => this.#settleOne(settlement, now));
    this.#wake();
    return results;
  }

  async update(fence: JobFence, patch: JobPatch): Promise<boolean> {
    const now = this.#catchUp();
    const record = this.#heldRecord(fence);
    if (record === null) return false;
    const run = record.ensureRun();
    if (patch.progress !== undefined) run.progress = Object.freeze({ ...patch.progress });
    if (patch.deliveries !== undefined) record.deliveries = frozenDeliveries(patch.deliveries);
    if (patch.log !== undefined) {
      run.logs ??= [];
      run.logs.push(Object.freeze({ ...patch.log, attempt: record.attempts }));
      if (run.logs.length > MAX_LOG_LINES) run.logs.shift();
    }
    record.updatedAt = now;
    return true;
  }

  async heartbeat(workerId: string, leaseMs: number): Promise<void> {
    this.#workers.extend(workerId, this.#catchUp() + leaseMs);
  }

  async reapExpired(maxCrashes: number): Promise<readonly ReapedJob[]> {
    const now = this.#catchUp();
    const lost = this.#workers.takeExpired(now);
    const reaped = lost.map((record) => this.#reapOne(record, maxCrashes, now));
    if (reaped.length > 0) this.#wake();
    return reaped;
  }

  async forgetWorker(workerId: string): Promise<void> {
    this.#workers.forget(workerId);
  }

  async msUntilNextDue(queues?: readonly string[]): Promise<number | null> {
    const now = this.#catchUp();
    const shelves = this.#shelves.select(queues);
    if (this.#ready.peek(shelves) !== null) return 0;
    const nextDueAt = this.#delayed.nextDueAt(shelves);
    return nextDueAt === null ? null : Math.max(0, nextDueAt - now);
  }

  onWake(callback: () => void): () => void {
    // A wrapper of its own, so that one function registered twice is undone one at a time.
    const wake = (): void => callback();
    this.#wakeCallbacks.add(wake);
    return () => this.#wakeCallbacks.delete(wake);
  }

  async get(id: string): Promise<QueueJob | null> {
    this.#catchUp();
    const record = this.#records.get(id);
    return record === undefined ? null : toSnapshot(record);
  }

  async find(search: JobSearch): Promise<JobPage> {
    this.#catchUp();
    const { records, total } = findRecords(this.#shelvesOf(search.queue), search);
    return { jobs: records.map(toSnapshot), total };
  }

  async stats(queue?: string): Promise<QueueStats> {
    this.#catchUp();
    return countJobs(this.#shelvesOf(queue));
  }

  async retry(id: string): Promise<QueueJob> {
    const now = this.#catchUp();
    const record = this.#recordOf(id);
    if (record.status === 'retrying' || record.status === 'scheduled') {
      this.#delayed.remove(record);
    } else if (record.status === 'failed' || record.status === 'cancelled') {
      this.#reopen(record, now);
    } else {
      throw wrongJobState('retried', record, 'Only a failed, cancelled, retrying or scheduled job can be.');
    }
    this.#makeReady(record, now, now);
    this.#wake();
    return toSnapshot(record);
  }

  async cancel(id: string): Promise<{ readonly job: QueueJob; readonly from: JobStatus }> {
    const now = this.#catchUp();
    const record = this.#recordOf(id);
    const from = record.status;
    if (isFinished(from)) throw wrongJobState('cancelled', record, 'It has already ended.');
    this.#leavePlace(record);
    const run = record.ensureRun();
    if (from === 'processing')
      closeAttempt(record, now, { outcome: 'cancelled', error: null, retryDelayMs: null });
    run.cancelledAt = now;
    record.deliveries = frozenDeliveries(deliveriesForCancel(record.deliveries, new Date(now)));
    this.#finish(record, 'cancelled', now);
    return { job: toSnapshot(record), from };
  }

  async remove(id: string): Promise<QueueJob> {
    this.#catchUp();
    const record = this.#recordOf(id);
    if (record.status === 'processing') throw wrongJobState('deleted', record, 'Cancel it first.');
    const job = toSnapshot(record);
    if (!isFinished(record.status)) this.#unfinished--;
    this.#leavePlace(record);
    this.#forget(record);
    return job;
  }

  async close(): Promise<void> {
    this.#wakeCallbacks.clear();
  }

  /** Lets due jobs become pending and old ones go; comes first in every method. @returns the current moment. */
  #catchUp(): number {
    const now = this.#clock.now();
    this.#delayed.takeDue(now, this.#shelves.select(undefined), this.#becomeDue);
    this.#finished.evict(now, this.#forget);
    return now;
  }

  readonly #becomeDue = (record: JobRecord): void => {
    changeStatus(record, 'pending');
    this.#ready.push(record);
  };

  readonly #forget = (record: JobRecord): void => {
    record.shelf.byStatus[record.status].delete(record);
    this.#records.delete(record.id);
    if (record.idempotencyKey !== null) this.#recordsByKey.delete(record.idempotencyKey);
    // A record that waited long is in the old generation, where it keeps what it refers to alive long after it is garbage itself.
    record.run = null;
  };

  #checkRoom(jobs: readonly JobToInsert[]): void {
    if (this.#unfinished + jobs.length <= this.#maxJobs) return;
    const added = new Set<string>();
    for (const job of jobs) if (this.#keptAs(job) === undefined) added.add(job.idempotencyKey ?? job.id);
    if (this.#unfinished + added.size <= this.#maxJobs) return;
    throw new QueueError(
      QueueErrorCode.QUEUE_FULL,
      `The queue keeps ${this.#unfinished} unfinished jobs and ${added.size} more were added, but maxJobs is ${this.#maxJobs}. ` +
        'Work off the backlog with more workers, slow down the producer, or raise maxJobs.',
    );
  }

  #keptAs(job: JobToInsert): JobRecord | undefined {
    const byKey = job.idempotencyKey === null ? undefined : this.#recordsByKey.get(job.idempotencyKey);
    return byKey ?? this.#records.get(job.id);
  }

  #insertOne(job: JobToInsert, now: number): { readonly job: QueueJob; readonly isNew: boolean } {
    const kept = this.#keptAs(job);
    if (kept !== undefined) return { job: toSnapshot(kept), isNew: false };
    const record = new JobRecord(job, this.#shelves.ensure(job.queue), this.#nextSequence++, now);
    record.deliveries = frozenDeliveries(record.deliveries);
    this.#records.set(record.id, record);
    if (record.idempotencyKey !== null) this.#recordsByKey.set(record.idempotencyKey, record);
    record.shelf.byStatus[record.status].add(record);
    this.#unfinished++;
    if (record.status === 'scheduled') this.#delayed.push(record);
    else this.#ready.push(record);
    return { job: toSnapshot(record), isNew: true };
  }

  #claimOne(record: JobRecord, workerId: string, now: number): ClaimedJob {
    this.#ready.remove(record);
    this.#workers.hold(workerId, record, now);
    record.attempts++;
    record.claims++;
    openAttempt(record, workerId, now);
    record.updatedAt = now;
    changeStatus(record, 'processing');
    return { job: toSnapshot(record), fence: { jobId: record.id, claim: record.claims, workerId } };
  }

  #settleOne(settlement: Settlement, now: number): SettleResult {
    const record = this.#heldRecord(settlement);
    if (record === null) {
      markLate(this.#records.get(settlement.jobId), settlement.claim, now);
      return 'stale';
    }
    this.#workers.release(record);
    closeAttempt(record, now, settlement.attempt);
    if (settlement.deliveries !== undefined) record.deliveries = frozenDeliveries(settlement.deliveries);
    this.#applyOutcome(record, settlement, now);
    return 'stored';
  }

  #applyOutcome(record: JobRecord, settlement: Settlement, now: number): void {
    const run = record.ensureRun();
    switch (settlement.to) {
      case 'completed':
        run.result = settlement.result;
        run.error = null;
        run.completedAt = now;
        this.#finish(record, 'completed', now);
        break;
      case 'failed':
        run.error = settlement.error;
        run.failedAt = now;
        this.#finish(record, 'failed', now);
        break;
      case 'retrying':
        run.error = settlement.error;
        if (!settlement.countsAttempt) record.attempts--;
        this.#delay(record, now + settlement.delayMs, now);
        break;
      case 'pending':
        record.attempts--;
        this.#makeReady(record, now, now);
    }
  }

  #reapOne(record: JobRecord, maxCrashes: number, now: number): ReapedJob {
    const run = record.ensureRun();
    run.crashes++;
    record.attempts--;
    closeAttempt(record, now, { outcome: 'interrupted', error: null, retryDelayMs: null });
    if (run.crashes < maxCrashes) {
      this.#makeReady(record, now, now);
      return { job: toSnapshot(record), to: 'pending' };
    }
    run.error = poisonError(run.crashes);
    run.failedAt = now;
    this.#finish(record, 'failed', now);
    return { job: toSnapshot(record), to: 'failed' };
  }

  #reopen(record: JobRecord, now: number): void {
    this.#finished.remove(record);
    const run = record.ensureRun();
    run.replays++;
    run.crashes = 0;
    run.error = null;
    run.progress = null;
    run.failedAt = null;
    run.cancelledAt = null;
    record.attempts = 0;
    record.deliveries = frozenDeliveries(deliveriesForReplay(record.deliveries, new Date(now)));
    this.#unfinished++;
  }

  /** Takes a job out of wherever its status keeps it. */
  #leavePlace(record: JobRecord): void {
    if (record.status === 'pending') this.#ready.remove(record);
    else if (record.status === 'processing') this.#workers.release(record);
    else if (isFinished(record.status)) this.#finished.remove(record);
    else this.#delayed.remove(record);
  }

  #makeReady(record: JobRecord, dueAt: number, now: number): void {
    record.dueAt = dueAt;
    record.updatedAt = now;
    changeStatus(record, 'pending');
    this.#ready.push(record);
  }

  #delay(record: JobRecord, dueAt: number, now: number): void {
    record.dueAt = dueAt;
    record.updatedAt = now;
    changeStatus(record, 'retrying');
    this.#delayed.push(record);
  }

  #finish(record: JobRecord, status: 'completed' | 'failed' | 'cancelled', now: number): void {
    record.updatedAt = now;
    changeStatus(record, status);
    this.#finished.push(record, status);
    this.#unfinished--;
  }

  #shelvesOf(queue: string | undefined): readonly QueueShelf[] {
    return this.#shelves.select(queue === undefined ? undefined : [queue]);
  }

  #recordOf(id: string): JobRecord {
    const record = this.#records.get(id);
    if (record === undefined) throw jobNotFound(id);
    return record;
  }

  /** The job, if the fence still holds. */
  #heldRecord(fence: JobFence): JobRecord | null {
    const record = this.#workers.heldLongest(fence) ?? this.#records.get(fence.jobId);
    const isHeld = record?.claims === fence.claim && record.run?.workerId === fence.workerId;
    return isHeld ? record : null;
  }

  #wake(): void {
    for (const wake of this.#wakeCallbacks) wake();
  }
}

function frozenDeliveries(deliveries: readonly JobDelivery[]): readonly JobDelivery[] {
  if (deliveries.length === 0) return deliveries;
  return Object.freeze(
    deliveries.map((delivery) => Object.freeze({ ...delivery, updatedAt: new Date(delivery.updatedAt) })),
  );
}
