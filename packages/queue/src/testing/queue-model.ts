import assert from 'node:assert/strict';
import { QueueErrorCode } from '../errors.ts';
import { isFinished, JOB_TRANSITIONS, type JobStatus } from '../job.ts';
import { MODEL_RETRY_DELAY, type ModelJob, type QueueModelLimits, runsBefore } from './model-job.ts';

/**
 * The whole contract of a queue in a few lines of bookkeeping: what a list of operations must lead to. It does not decide which job starts
 * next, it judges whether the one that started was allowed to.
 */
export class QueueModel {
  readonly jobs = new Map<string, ModelJob>();
  now: number;
  /** When the operation under way began: a job that could have started before it, would have. */
  #since: number;
  readonly #limits: QueueModelLimits;
  #added = 0;

  constructor(now: number, limits: QueueModelLimits) {
    this.now = now;
    this.#since = now;
    this.#limits = limits;
  }

  beginOperation(now: number): void {
    this.now = now;
    this.#since = now;
  }

  add(
    job: Pick<ModelJob, 'id' | 'key' | 'priority' | 'maxRetries'> & { readonly scheduledFor: number | null },
  ): ModelJob {
    const kept = [...this.jobs.values()].find(
      ({ id, key }) => id === job.id || (key !== null && key === job.key),
    );
    if (kept) return kept;
    const { scheduledFor, ...given } = job;
    const dueAt = Math.max(scheduledFor ?? this.now, this.now);
    const status = dueAt > this.now ? 'scheduled' : 'pending';
    const fresh = { attempts: 0, crashes: 0, replays: 0, dueFrom: dueAt, dueTo: dueAt, stalledAt: null };
    const added: ModelJob = { ...given, ...fresh, order: this.#added, status };
    this.#added += 1;
    this.jobs.set(added.id, added);
    return added;
  }

  isDue({ status, dueTo }: ModelJob): boolean {
    return (status === 'pending' || status === 'scheduled' || status === 'retrying') && dueTo <= this.now;
  }

  /** Judges a start. A job that starts while it still counts as held by a stalled worker was taken back before. */
  start(id: string, at: number): void {
    const job = this.get(id);
    this.now = at;
    if (job.stalledAt !== null) this.takeBack(job);
    assert.ok(this.isDue(job), `${id} started at ${at}, ${job.status}, due ${job.dueTo}`);
    assert.ok(
      at <= Math.max(job.dueTo, this.#since) + this.#limits.toleranceMs,
      `${id} started ${at - job.dueTo} ms late`,
    );
    assert.ok(
      this.running().length < this.#limits.concurrency,
      `${id} started although the worker had no room`,
    );
    const better = [...this.jobs.values()].find((other) => this.isDue(other) && runsBefore(other, job));
    assert.equal(better, undefined, `${id} started before ${better?.id}, which comes first`);
    this.#move(job, 'processing');
    job.attempts += 1;
    job.order = null;
  }

  /** Whether a worker with room leaves a job that is due. */
  mustStart(): boolean {
    if (this.running().length >= this.#limits.concurrency) return false;
    return [...this.jobs.values()].some((job) => this.isDue(job));
  }

  /** The jobs a sound worker has in hand. */
  running(): ModelJob[] {
    return [...this.jobs.values()].filter(
      ({ status, stalledAt }) => status === 'processing' && stalledAt === null,
    );
  }

  complete(id: string): void {
    this.#move(this.get(id), 'completed');
  }

  fail(id: string, isRetryable: boolean): void {
    const job = this.get(id);
    const hasRetryLeft = isRetryable && job.attempts <= job.maxRetries;
    if (hasRetryLeft) this.#wait(job, 'retrying', this.now + MODEL_RETRY_DELAY * 2 ** (job.attempts - 1));
    else this.#move(job, 'failed');
  }

  postpone(id: string, delayMs: number): void {
    const job = this.get(id);
    job.attempts -= 1;
    this.#wait(job, 'retrying', this.now + delayMs);
  }

  /** @returns whether it is allowed. */
  cancel(id: string): boolean {
    const job = this.get(id);
    if (isFinished(job.status)) return false;
    this.#move(job, 'cancelled');
    return true;
  }

  /** @returns the code with which it is refused, or `null` when it is allowed. */
  retry(id: string, maxReplays: number): QueueErrorCode | null {
    const job = this.get(id);
    if (job.status === 'completed' || job.status === 'pending' || job.status === 'processing') {
      return QueueErrorCode.QUEUE_JOB_STATE;
    }
    if (job.replays >= maxReplays) return QueueErrorCode.QUEUE_REPLAY_LIMIT;
    if (isFinished(job.status)) Object.assign(job, { attempts: 0, crashes: 0, replays: job.replays + 1 });
    this.#wait(job, 'pending', this.now);
    job.order = null;
    return null;
  }

  /** @returns whether it is allowed. */
  remove(id: string): boolean {
    return this.get(id).status !== 'processing' && this.jobs.delete(id);
  }

  stallWorkers(): void {
    for (const job of this.running()) job.stalledAt = this.now;
  }

  /** A stalled worker's job is given to others; it costs no retry, but a crash is counted. */
  takeBack(job: ModelJob): void {
    const { leaseHeldMs, maxCrashes } = this.#limits;
    const earliest = (job.stalledAt ?? Number.NaN) + leaseHeldMs;
    assert.ok(this.now >= earliest, `${job.id} was taken from its worker before its lease was over`);
    job.crashes += 1;
    this.giveBack(job, job.crashes < maxCrashes ? 'pending' : 'failed');
    job.dueFrom = earliest;
  }

  /** A job comes back unfinished. */
  giveBack(job: ModelJob, status: 'pending' | 'failed' = 'pending'): void {
    job.attempts -= 1;
    job.stalledAt = null;
    this.#wait(job, status, this.now);
  }

  get(id: string): ModelJob {
    const job = this.jobs.get(id);
    assert.ok(job, `the model knows no job ${id}`);
    return job;
  }

  #wait(job: ModelJob, status: JobStatus, dueAt: number): void {
    this.#move(job, status);
    job.dueFrom = dueAt;
    job.dueTo = dueAt;
  }

  #move(job: ModelJob, status: JobStatus): void {
    assert.ok(JOB_TRANSITIONS[job.status].includes(status), `no job goes from ${job.status} to ${status}`);
    job.status = status;
  }
}
