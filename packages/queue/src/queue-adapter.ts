import type { JsonValue } from '@townkrier/core';
import type { AuditTrail } from './audit/audit-trail.ts';
import type { StoredBackoff } from './backoff.ts';
import type { EventStream } from './event-stream/event-stream.ts';
import type { QueueEventListener, QueueEventName } from './events.ts';
import type { JobDelivery, JobStatus, QueueJob } from './job.ts';
import type { ReplayOptions, SharedState } from './job-store.ts';
import type { RateLimitOptions } from './policy/rate-limit.ts';

/** A job to be stored; the adapter fills in what is left out from its own defaults. */
export interface NewJob {
  /** @default a new id */
  readonly id?: string;
  /** @default 'default' */
  readonly queue?: string;
  readonly type: string;
  /** @default the type */
  readonly name?: string;
  readonly payload: JsonValue;
  readonly priority?: number;
  readonly maxRetries?: number;
  readonly backoff?: StoredBackoff;
  /** Milliseconds an attempt may take. */
  readonly timeout?: number;
  /** Earliest start, in milliseconds since the epoch. The past means now. */
  readonly scheduledFor?: number;
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  readonly deliveries?: readonly JobDelivery[];
  readonly tags?: readonly string[];
  readonly groupKey?: string;
  readonly owner?: string;
  /** Storing a second job with the key of one that is kept gives back the first, unchanged. */
  readonly idempotencyKey?: string;
  /**
   * Milliseconds it is kept at least after it ended, and with it its `idempotencyKey`, whatever limits its adapter has for the history: they count from then on.
   * @default 0
   */
  readonly keyRetention?: number;
  /**
   * Milliseconds it is kept at most after it completed or was cancelled, and with it its `idempotencyKey`; it is deleted with the first clean-up from then on, which comes
   * with a worker's heartbeat. `0`: with the next one. A longer `keyRetention` wins, and a shorter history too. One that failed is a dead letter, and stays as long as the
   * history is; one that is started again counts anew from its next end.
   * @default as long as the history is
   */
  readonly removeAfter?: number;
  /** Too late from then on, in milliseconds since the epoch: it is cancelled instead of started. */
  readonly expiresAt?: number;
  /** Milliseconds of waiting that weigh as much as one step of priority. @default priority is strict */
  readonly agingMs?: number;
  /** Takes turns with the other jobs of its queue and priority by `groupKey`. @default first come, first served */
  readonly isFair?: boolean;
}

/** What narrows a list of jobs. All given conditions must hold. */
export interface JobFilters {
  readonly status?: JobStatus | readonly JobStatus[];
  readonly queue?: string;
  readonly type?: string;
  readonly name?: string;
  readonly tag?: string;
  readonly owner?: string;
  /** Page size, 1 to 1000. @default 50 */
  readonly limit?: number;
  /** Jobs to pass over. @default 0 */
  readonly offset?: number;
  /** Newest or oldest first, by creation. @default 'desc' */
  readonly order?: 'asc' | 'desc';
}

/** A page of jobs, and how many match in all. */
export interface JobPage {
  readonly jobs: readonly QueueJob[];
  readonly total: number;
}

/** Jobs by status. Kept as counters: reading them costs the same at any size. */
export interface QueueStats {
  readonly pending: number;
  readonly scheduled: number;
  readonly processing: number;
  readonly retrying: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** What an adapter can do. What it cannot do it refuses with `QUEUE_UNSUPPORTED`, never pretends. */
export interface QueueCapabilities {
  /** What a resolved `add` survives. */
  readonly durability: 'process' | 'machine';
  /** Whether several processes can share it. */
  readonly isShared: boolean;
  readonly priorities: boolean;
  readonly scheduling: boolean;
  readonly cancelRunning: boolean;
  /** Whether `add` can be part of a transaction of the caller's. */
  readonly transactions: boolean;
  /** Whether waiting can weigh against priority (`agingMs`). */
  readonly aging: boolean;
  /** Whether jobs can take turns by `groupKey` (`isFair`). */
  readonly fairness: boolean;
  /** Whether processes share small values: pauses, rate limits, schedules and windows of deduplication need that. */
  readonly sharedState: boolean;
  /** Whether a filter by each of these is possible. */
  readonly filters: readonly (keyof JobFilters)[];
}

/** How jobs are added. */
export interface AddOptions {
  /**
   * The handle of a transaction of the caller's that is open now, such as a `pg` client after `BEGIN`: the jobs are there once it commits, and never if it
   * does not. Which handles are taken is the adapter's to say. No `job:enqueued` is emitted: whether it commits is not known here.
   */
  readonly transaction?: object | undefined;
}

/** What a handler is given besides the job. */
export interface JobContext {
  readonly job: QueueJob;
  /** 1 on the first try. */
  readonly attempt: number;
  /** Aborts on timeout, cancel, loss of the lease, and when a stopping worker's patience ends. */
  readonly signal: AbortSignal;
  /** Stores how far it has come. Refused (`QUEUE_LEASE_LOST`) once the worker no longer holds the job. */
  progress(percent: number, step?: string): Promise<void>;
  /** Adds a line to the job's log. */
  log(message: string): Promise<void>;
  /** Stores where the deliveries stand; fenced like everything a worker writes. */
  saveDeliveries(deliveries: readonly JobDelivery[]): Promise<void>;
}

/**
 * Does the work. What it returns is the job's result. What it throws decides what comes next: `NonRetryableError` fails the job, `RetryLaterError`
 * postpones it without using up a retry, anything else is retried while retries are left.
 */
export type JobHandler = (context: JobContext) => Promise<JsonValue | undefined> | JsonValue | undefined;

/** How a worker works. */
export interface WorkOptions {
  /** Jobs in hand at once. @default 10 */
  readonly concurrency?: number;
  /** Only these queues. @default all */
  readonly queues?: readonly string[];
  /** None of these queues. @default all are served */
  readonly exceptQueues?: readonly string[];
  /** How often jobs may start, together with all workers of all processes that serve the queue with the same limit. `queues` has to name that queue alone. @default as often as they can */
  readonly rateLimit?: RateLimitOptions;
  /** Milliseconds after which a worker on a shared store looks for jobs though nothing told it to. @default the adapter's */
  readonly pollInterval?: number;
}

/** A worker that runs. */
export interface Worker {
  readonly id: string;
  /** Jobs in hand now. */
  readonly running: number;
  /**
   * Stops claiming at once and waits for the jobs in hand, `shutdownTimeout` milliseconds at most; what is left then is aborted and given back,
   * which uses up no retry. Idempotent: a second call returns the first one's promise.
   */
  stop(): Promise<void>;
}

/**
 * What runs behind a {@link QueueManager}: a `JobStore` with our worker runtime (`StoreQueueAdapter`), or an engine with its own.
 * Checked by `queueAdapterConformance` of `@townkrier/queue/testing`.
 */
export interface QueueAdapter {
  readonly capabilities: QueueCapabilities;
  /**
   * Stores jobs; all or none. Resolves, in the order given, when they are as durable as the adapter claims; with a `transaction`, when they are part
   * of it.
   * @throws {QueueError} `QUEUE_FULL` when they do not fit; `QUEUE_CLOSED` after `close()`; `QUEUE_UNAVAILABLE` when the backend does not answer in
   * time; `QUEUE_TRANSACTION_INVALID` for a handle the adapter cannot use, `QUEUE_UNSUPPORTED` where it can use none.
   */
  add(jobs: readonly NewJob[], options?: AddOptions): Promise<QueueJob[]>;
  /** The job, or `null`. */
  getJob(id: string): Promise<QueueJob | null>;
  /** A page, in a stable order, with the number that match. */
  findJobs(filters: JobFilters): Promise<JobPage>;
  getStats(queue?: string): Promise<QueueStats>;
  /**
   * Starts a failed or cancelled job again: `pending`, with its retries as new and `replays` one higher. Deliveries already sent stay sent.
   * A waiting `retrying` or `scheduled` job becomes due now.
   *
   * Of two calls at once for a job that has ended, one starts it and the other is refused.
   * @throws {QueueError} `QUEUE_JOB_NOT_FOUND`; `QUEUE_JOB_STATE` when it is completed, pending or processing; `QUEUE_REPLAY_LIMIT` when it was started
   * again `maxReplays` times; `QUEUE_PAYLOAD_INVALID` and `QUEUE_PAYLOAD_TOO_LARGE` for a new payload.
   */
  retryJob(id: string, options?: ReplayOptions): Promise<QueueJob>;
  /** How many jobs of its queue come before a waiting one that is due; `null` when it does not wait, or is not kept. Absent where that cannot be told. */
  countAhead?(id: string): Promise<number | null>;
  /** What all processes of the backend share beside the jobs. Absent where `capabilities.sharedState` is false. */
  readonly shared?: SharedState;
  /** The events of all processes of the backend. Absent where this process has not asked for them; see the option `eventStream` of its adapter. */
  readonly stream?: EventStream;
  /** Where changes that operators ask for are reported by what is built on the adapter; those of the adapter itself are already. Absent where nobody keeps them. */
  readonly audit?: AuditTrail;
  /**
   * Ends a job that has not ended. A running one is told through its signal and ends `cancelled` at once; what its handler still reports is refused.
   * @throws {QueueError} `QUEUE_JOB_NOT_FOUND`; `QUEUE_JOB_STATE` when it has ended.
   */
  cancelJob(id: string): Promise<QueueJob>;
  /**
   * Forgets a job that is not running.
   * @throws {QueueError} `QUEUE_JOB_NOT_FOUND`; `QUEUE_JOB_STATE` while it is processing: cancel it first.
   */
  deleteJob(id: string): Promise<void>;
  /** Starts a worker. Several may run at once. It keeps the process alive until it is stopped. */
  work(handler: JobHandler, options?: WorkOptions): Worker;
  /** Listens; returns its own undo. */
  on<Name extends QueueEventName>(event: Name, listener: QueueEventListener<Name>): () => void;
  /**
   * Resolves when the backend answers. Absent where there is nothing that could be away.
   * @throws {QueueError} `QUEUE_UNAVAILABLE` when it does not, within a few seconds at most.
   */
  ping?(): Promise<void>;
  /** Stops its workers, then frees what it opened. Idempotent. `add` is refused from the call on. */
  close(): Promise<void>;
}

/** The name this contract had first. */
export type IQueueAdapter = QueueAdapter;
