import type { Clock } from '@townkrier/core';
import {
  type ClaimedJob,
  type ClaimRequest,
  checkRetry,
  deliveriesForCancel,
  deliveriesForReplay,
  isFinished,
  type JobFence,
  type JobPage,
  type JobPatch,
  type JobStore,
  type JobToInsert,
  poisonError,
  QueueError,
  type QueueJob,
  type QueueSelection,
  type QueueStats,
  type ReapedJob,
  type ReplayOptions,
  type Settlement,
  type SettleResult,
} from '@townkrier/queue';
import { change, holds, isLeaving, type JobEntry, newEntry, snapshot, withAttempt } from './job-entry.ts';

/**
 * A store that scans a list: slow, and short enough to be read. Each method runs to its end without a pause, so each is atomic. In a database, the
 * same methods are a transaction each.
 */
export class ArrayJobStore implements JobStore {
  /** What it cannot do it says here; `StoreQueueAdapter` then refuses it for us. */
  readonly capabilities = {
    durability: 'process',
    isShared: false,
    priorities: true,
    scheduling: true,
    cancelRunning: true,
    transactions: false,
    aging: false,
    fairness: false,
    sharedState: false,
    filters: ['status', 'queue', 'limit', 'offset', 'order'],
  } as const;
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #entries = new Map<string, JobEntry>();
  readonly #leases = new Map<string, number>();
  readonly #listeners = new Set<{ readonly wake: () => void }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async insert(jobs: readonly JobToInsert[]) {
    const inserted = jobs.map((job) => {
      const kept = this.#all().find(
        (entry) =>
          entry.job.id === job.id ||
          (job.idempotencyKey !== null && entry.job.idempotencyKey === job.idempotencyKey),
      );
      if (kept !== undefined) return { job: snapshot(kept), isNew: false };
      const entry = newEntry(job, this.#clock.now());
      this.#entries.set(job.id, entry);
      return { job: snapshot(entry), isNew: true };
    });
    this.#wake();
    return inserted;
  }

  async claim({ workerId, limit, ...selection }: ClaimRequest) {
    const due = this.#all(selection).filter(({ job }) => job.status === 'pending');
    const dueAt = ({ job }: JobEntry) => job.nextRunAt?.getTime() ?? 0;
    due.sort((a, b) => b.job.priority - a.job.priority || dueAt(a) - dueAt(b));
    return due.slice(0, limit).map((entry) => this.#claimOne(entry, workerId));
  }

  async settle(settlements: readonly Settlement[]): Promise<SettleResult[]> {
    const results = settlements.map((settlement) => this.#settleOne(settlement));
    this.#wake();
    return results;
  }

  async update(fence: JobFence, { progress, deliveries, log }: JobPatch): Promise<boolean> {
    const entry = this.#entries.get(fence.jobId);
    if (!holds(entry, fence)) return false;
    const { attempts: attempt, logs } = entry.job;
    change(entry, this.#clock.now(), {
      ...(progress && { progress }),
      ...(deliveries && { deliveries }),
      ...(log && { logs: [...logs, { ...log, attempt }].slice(-100) }),
    });
    return true;
  }

  async heartbeat(workerId: string, leaseMs: number): Promise<void> {
    this.#leases.set(workerId, this.#clock.now() + leaseMs);
  }

  async reapExpired(maxCrashes: number): Promise<ReapedJob[]> {
    const now = this.#clock.now();
    const lost = [...this.#leases].filter(([, until]) => until <= now).map(([workerId]) => workerId);
    for (const workerId of lost) this.#leases.delete(workerId);
    const reaped = this.#all()
      .filter(({ holder }) => holder !== null && lost.includes(holder))
      .map((entry) => this.#reapOne(entry, maxCrashes));
    if (reaped.length > 0) this.#wake();
    return reaped;
  }

  async forgetWorker(workerId: string): Promise<void> {
    this.#leases.delete(workerId);
  }

  async msUntilNextDue(selection?: QueueSelection): Promise<number | null> {
    const moments = this.#all(selection).flatMap(({ job }) => job.nextRunAt?.getTime() ?? []);
    return moments.length === 0 ? null : Math.max(0, Math.min(...moments) - this.#clock.now());
  }

  onWake(wake: () => void): () => void {
    const listener = { wake };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async get(id: string): Promise<QueueJob | null> {
    const entry = this.#all().find(({ job }) => job.id === id);
    return entry === undefined ? null : snapshot(entry);
  }

  async find(filters: Parameters<JobStore['find']>[0]): Promise<JobPage> {
    const { status, queue, limit, offset, order } = filters;
    const statuses = status === undefined ? undefined : [status].flat();
    const entries = this.#all(queue === undefined ? {} : { queues: [queue] }).filter(
      ({ job }) => statuses === undefined || statuses.includes(job.status),
    );
    if (order === 'desc') entries.reverse();
    return { jobs: entries.slice(offset, offset + limit).map(snapshot), total: entries.length };
  }

  async stats(queue?: string): Promise<QueueStats> {
    const stats = {
      pending: 0,
      scheduled: 0,
      processing: 0,
      retrying: 0,
      completed: 0,
      failed: 0,
      cancelled: 0,
    };
    for (const { job } of this.#all(queue === undefined ? {} : { queues: [queue] })) stats[job.status]++;
    return stats;
  }

  async retry(id: string, { maxReplays, payload }: ReplayOptions = {}): Promise<QueueJob> {
    const entry = this.#find(id);
    const { job } = entry;
    checkRetry(job, maxReplays);
    const now = this.#clock.now();
    const reopened = isFinished(job.status) && {
      attempts: 0,
      crashes: 0,
      replays: job.replays + 1,
      error: null,
      progress: null,
      failedAt: null,
      cancelledAt: null,
      deliveries: deliveriesForReplay(job.deliveries, new Date(now)),
    };
    const changed = payload !== undefined && { payload };
    change(entry, now, { ...reopened, ...changed, status: 'pending', nextRunAt: new Date(now) });
    this.#wake();
    return snapshot(entry);
  }

  async cancel(id: string) {
    const entry = this.#require(id, 'cancelled', ['pending', 'scheduled', 'processing', 'retrying']);
    const from = entry.job.status;
    const now = this.#clock.now();
    if (from === 'processing')
      this.#endAttempt(entry, { outcome: 'cancelled', error: null, retryDelayMs: null });
    const deliveries = deliveriesForCancel(entry.job.deliveries, new Date(now));
    change(entry, now, { status: 'cancelled', cancelledAt: new Date(now), nextRunAt: null, deliveries });
    return { job: snapshot(entry), from };
  }

  async remove(id: string): Promise<QueueJob> {
    const statuses = ['pending', 'scheduled', 'retrying', 'completed', 'failed', 'cancelled'];
    const { job } = this.#require(id, 'deleted', statuses);
    this.#entries.delete(id);
    return job;
  }

  async evictFinished(): Promise<void> {
    for (const entry of this.#all())
      if (isLeaving(entry, this.#clock.now())) this.#entries.delete(entry.job.id);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }

  #claimOne(entry: JobEntry, workerId: string): ClaimedJob {
    const startedAt = new Date(this.#clock.now());
    const attempt = entry.job.attempts + 1;
    const started = {
      attempt,
      workerId,
      startedAt,
      finishedAt: null,
      outcome: 'running',
      error: null,
    } as const;
    const attemptLog = [...entry.job.attemptLog, { ...started, retryDelayMs: null }].slice(-50);
    entry.claims++;
    entry.holder = workerId;
    const changes = {
      status: 'processing',
      attempts: attempt,
      startedAt,
      nextRunAt: null,
      attemptLog,
    } as const;
    change(entry, startedAt.getTime(), changes);
    return { job: snapshot(entry), fence: { jobId: entry.job.id, claim: entry.claims, workerId } };
  }

  #settleOne(settlement: Settlement): SettleResult {
    const now = this.#clock.now();
    const entry = this.#entries.get(settlement.jobId);
    if (!holds(entry, settlement)) {
      const late = { outcome: 'late', finishedAt: new Date(now) } as const;
      if (entry !== undefined) change(entry, now, { attemptLog: withAttempt(entry, settlement.claim, late) });
      return 'stale';
    }
    this.#endAttempt(entry, settlement.attempt);
    const { deliveries = entry.job.deliveries } = settlement;
    change(entry, now, { deliveries, ...this.#outcomeOf(settlement, entry.job, now) });
    return 'stored';
  }

  #outcomeOf(settlement: Settlement, { attempts, deliveries }: QueueJob, now: number): Partial<QueueJob> {
    const at = new Date(now);
    switch (settlement.to) {
      case 'completed':
        return { status: 'completed', result: settlement.result, error: null, completedAt: at };
      case 'failed':
        return { status: 'failed', error: settlement.error, failedAt: at };
      case 'cancelled': {
        const given = deliveriesForCancel(settlement.deliveries ?? deliveries, at);
        const { error } = settlement;
        return { status: 'cancelled', error, attempts: attempts - 1, cancelledAt: at, deliveries: given };
      }
      case 'pending':
        return { status: 'pending', attempts: attempts - 1, nextRunAt: at };
      case 'retrying': {
        const { error, delayMs, countsAttempt } = settlement;
        const nextRunAt = new Date(now + delayMs);
        return { status: 'retrying', error, nextRunAt, attempts: countsAttempt ? attempts : attempts - 1 };
      }
    }
  }

  #reapOne(entry: JobEntry, maxCrashes: number): ReapedJob {
    const at = new Date(this.#clock.now());
    const crashes = entry.job.crashes + 1;
    const to = crashes < maxCrashes ? 'pending' : 'failed';
    this.#endAttempt(entry, { outcome: 'interrupted', error: null, retryDelayMs: null });
    const failed = to === 'failed' && { error: poisonError(crashes), failedAt: at };
    const nextRunAt = to === 'pending' ? at : null;
    change(entry, at.getTime(), {
      ...failed,
      status: to,
      crashes,
      attempts: entry.job.attempts - 1,
      nextRunAt,
    });
    return { job: snapshot(entry), to };
  }

  #endAttempt(entry: JobEntry, end: Settlement['attempt']): void {
    const now = this.#clock.now();
    entry.holder = null;
    change(entry, now, {
      attemptLog: withAttempt(entry, entry.claims, { ...end, finishedAt: new Date(now) }),
    });
  }

  /** All entries, or those of some queues; what has become due is pending from here on. */
  #all({ queues, exceptQueues = [] }: QueueSelection = {}): JobEntry[] {
    const now = this.#clock.now();
    const entries = [...this.#entries.values()];
    for (const entry of entries) {
      const { status, nextRunAt } = entry.job;
      const isWaiting = status === 'scheduled' || status === 'retrying';
      if (isWaiting && nextRunAt !== null && nextRunAt.getTime() <= now)
        change(entry, now, { status: 'pending' });
    }
    return entries.filter(
      ({ job }) => (queues?.includes(job.queue) ?? true) && !exceptQueues.includes(job.queue),
    );
  }

  #require(id: string, action: string, statuses: readonly string[]): JobEntry {
    const entry = this.#find(id);
    if (statuses.includes(entry.job.status)) return entry;
    throw new QueueError('QUEUE_JOB_STATE', `Job ${id} is ${entry.job.status} and cannot be ${action}.`);
  }

  #find(id: string): JobEntry {
    const entry = this.#all().find(({ job }) => job.id === id);
    if (entry !== undefined) return entry;
    throw new QueueError('QUEUE_JOB_NOT_FOUND', `No job "${id}" is kept.`);
  }

  #wake(): void {
    for (const { wake } of this.#listeners) wake();
  }
}
