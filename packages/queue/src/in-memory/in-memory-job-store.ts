import type { Clock } from '@townkrier/core';
import { jobNotFound, QueueError, QueueErrorCode, wrongJobState } from '../errors.ts';
import type { JobStatus, QueueJob } from '../job.ts';
import { isFinished } from '../job.ts';
import { poisonError } from '../job-error.ts';
import type { JobSearch } from '../job-search.ts';
import type {
  ClaimedJob,
  ClaimRequest,
  JobFence,
  JobPatch,
  JobStore,
  JobToInsert,
  QueueSelection,
  ReapedJob,
  ReplayOptions,
  Settlement,
  SettleResult,
} from '../job-store.ts';
import type { JobPage, QueueCapabilities, QueueStats } from '../queue-adapter.ts';
import { checkRetry, deliveriesForCancel, deliveriesForReplay } from '../replay.ts';
import { closeAttempt, markLate, openAttempt } from './attempt-log.ts';
import { EventRing } from './event-ring.ts';
import { FinishedJobs, type HistoryLimits } from './finished-jobs.ts';
import { frozenDeliveries } from './frozen-deliveries.ts';
import { changeStatus, countJobs, findRecords } from './job-index.ts';
import { JobRecord, toSnapshot } from './job-record.ts';
import { type QueueShelf, QueueShelves } from './queue-shelf.ts';
import { SharedValues } from './shared-values.ts';
import { WaitingJobs } from './waiting-jobs.ts';
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
    aging: true,
    fairness: true,
    sharedState: true,
    filters: ['status', 'queue', 'type', 'name', 'tag', 'owner', 'limit', 'offset', 'order'],
  };
  readonly shared: SharedValues;
  readonly events: EventRing;
  readonly #clock: Clock;
  readonly #maxJobs: number;
  readonly #records = new Map<string, JobRecord>();
  readonly #recordsByKey = new Map<string, JobRecord>();
  readonly #shelves = new QueueShelves();
  readonly #waiting = new WaitingJobs();
  readonly #finished: FinishedJobs;
  readonly #workers = new WorkerLeases();
  readonly #wakeCallbacks = new Set<() => void>();
  #nextSequence = 0;
  #unfinished = 0;

  constructor(options: InMemoryJobStoreOptions) {
    this.#clock = options.clock;
    this.shared = new SharedValues(options.clock);
    this.events = new EventRing(options.clock);
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

  async claim(request: ClaimRequest): Promise<readonly ClaimedJob[]> {
    const now = this.#catchUp();
    const shelves = this.#shelves.select(request);
    const claimed: ClaimedJob[] = [];
    while (claimed.length < request.limit) {
      const record = this.#waiting.peek(shelves);
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

  async msUntilNextDue(selection?: QueueSelection): Promise<number | null> {
    const now = this.#catchUp();
    const shelves = this.#shelves.select(selection);
    if (this.#waiting.peek(shelves) !== null) return 0;
    const nextDueAt = this.#waiting.nextDueAt(shelves);
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

  async retry(id: string, { maxReplays, payload }: ReplayOptions = {}): Promise<QueueJob> {
    const now = this.#catchUp();
    const record = this.#recordOf(id);
    checkRetry({ id, status: record.status, replays: record.run?.replays ?? 0 }, maxReplays);
    this.#leavePlace(record);
    if (payload !== undefined) record.payload = payload;
    if (isFinished(record.status)) this.#reopen(record, now);
    this.#makeReady(record, now);
    this.#wake();
    return toSnapshot(record);
  }

  async countAhead(id: string): Promise<number | null> {
    this.#catchUp();
    const record = this.#records.get(id);
    return record?.status === 'pending' ? record.shelf.countBefore(record) : null;
  }

  async cancel(id: string): Promise<{ readonly job: QueueJob; readonly from: JobStatus }> {
    const now = this.#catchUp();
    const record = this.#recordOf(id);
    const from = record.status;
    if (isFinished(from)) throw wrongJobState('cancelled', record, 'It has already ended.');
    this.#leavePlace(record);
    if (from === 'processing')
      closeAttempt(record, now, { outcome: 'cancelled', error: null, retryDelayMs: null });
    this.#giveUp(record, now);
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
    this.#waiting.catchUp(now, this.#shelves.select());
    this.#finished.evict(now, this.#forget);
    return now;
  }

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
    this.#waiting.add(record);
    return { job: toSnapshot(record), isNew: true };
  }

  #claimOne(record: JobRecord, workerId: string, now: number): ClaimedJob {
    this.#waiting.remove(record);
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
      case 'cancelled':
        run.error = settlement.error;
        record.attempts--;
        this.#giveUp(record, now);
        break;
      case 'retrying':
        run.error = settlement.error;
        if (!settlement.countsAttempt) record.attempts--;
        this.#delay(record, now + settlement.delayMs, now);
        break;
      case 'pending':
        record.attempts--;
        this.#makeReady(record, now);
    }
  }

  #reapOne(record: JobRecord, maxCrashes: number, now: number): ReapedJob {
    const run = record.ensureRun();
    run.crashes++;
    record.attempts--;
    closeAttempt(record, now, { outcome: 'interrupted', error: null, retryDelayMs: null });
    if (run.crashes < maxCrashes) {
      this.#makeReady(record, now);
      return { job: toSnapshot(record), to: 'pending' };
    }
    run.error = poisonError(run.crashes);
    run.failedAt = now;
    this.#finish(record, 'failed', now);
    return { job: toSnapshot(record), to: 'failed' };
  }

  #reopen(record: JobRecord, now: number): void {
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
    if (record.status === 'processing') this.#workers.release(record);
    else if (isFinished(record.status)) this.#finished.remove(record);
    else this.#waiting.remove(record);
  }

  #makeReady(record: JobRecord, now: number): void {
    record.dueAt = now;
    record.updatedAt = now;
    changeStatus(record, 'pending');
    this.#waiting.addAgain(record);
  }

  #delay(record: JobRecord, dueAt: number, now: number): void {
    record.dueAt = dueAt;
    record.updatedAt = now;
    changeStatus(record, 'retrying');
    this.#waiting.addAgain(record);
  }

  #giveUp(record: JobRecord, now: number): void {
    record.ensureRun().cancelledAt = now;
    record.deliveries = frozenDeliveries(deliveriesForCancel(record.deliveries, new Date(now)));
    this.#finish(record, 'cancelled', now);
  }

  #finish(record: JobRecord, status: 'completed' | 'failed' | 'cancelled', now: number): void {
    record.updatedAt = now;
    changeStatus(record, status);
    this.#finished.push(record, status);
    this.#unfinished--;
  }

  #shelvesOf(queue: string | undefined): readonly QueueShelf[] {
    return this.#shelves.select(queue === undefined ? {} : { queues: [queue] });
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
