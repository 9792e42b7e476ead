import type { JsonValue } from '@townkrier/core';
import type { StoredBackoff } from './backoff.ts';
import type {
  JobAttempt,
  JobDelivery,
  JobError,
  JobLogLine,
  JobProgress,
  JobStatus,
  QueueJob,
} from './job.ts';
import type { JobFilters, JobPage, QueueCapabilities, QueueStats } from './queue-adapter.ts';

/** A job with everything decided, ready to be stored. Moments are milliseconds since the epoch. */
export interface JobToInsert {
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  readonly name: string;
  readonly payload: JsonValue;
  readonly priority: number;
  readonly maxRetries: number;
  readonly backoff: StoredBackoff;
  readonly timeout: number;
  readonly scheduledFor: number | null;
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly deliveries: readonly JobDelivery[];
  readonly tags: readonly string[];
  readonly groupKey: string | null;
  readonly owner: string | null;
  readonly idempotencyKey: string | null;
  /** Milliseconds after it ended from which on the limits of the history count for it; before, the store keeps it whatever they say. `null`: at once. */
  readonly keyRetention: number | null;
  /**
   * Milliseconds after it completed or was cancelled from which on it may be deleted, though the limits of the history would keep it longer; where `keyRetention` is longer,
   * that counts. Means nothing for one that failed. `null`: only the limits of the history count.
   */
  readonly removeAfter: number | null;
  /** Too late from then on; see `QueueJob.expiresAt`. The store only keeps it. */
  readonly expiresAt: number | null;
  /**
   * Milliseconds of waiting that weigh as much as one step of priority: it is claimed as if it had become due `priority × agingMs` earlier. `null`: priority is strict,
   * and waiting only counts within one. Only given to a store with the capability `aging`.
   */
  readonly agingMs: number | null;
  /**
   * Takes turns with the other jobs of its queue and priority by `groupKey` (those without one share one): it comes after the first waiting job of each other
   * key, not after all that were there before. Only given to a store with the capability `fairness`.
   */
  readonly isFair: boolean;
}

/**
 * The fencing token: which claim a worker speaks for. Every write of a worker carries it, and the store refuses it unless the job is still
 * `processing` under exactly this claim. `claim` counts up with every claim of the job and is never reused.
 */
export interface JobFence {
  readonly jobId: string;
  readonly claim: number;
  readonly workerId: string;
}

/** A job a worker now holds. */
export interface ClaimedJob {
  readonly job: QueueJob;
  readonly fence: JobFence;
}

/** Which queues a worker looks after. */
export interface QueueSelection {
  /** Only these queues. @default all */
  readonly queues?: readonly string[];
  /** None of these, though `queues` may name them. @default all are looked after */
  readonly exceptQueues?: readonly string[];
}

/** What a worker asks for. */
export interface ClaimRequest extends QueueSelection {
  readonly workerId: string;
  /** Jobs at most. */
  readonly limit: number;
}

/** How a worker ends its claim. */
export type Settlement = JobFence & {
  /** What the attempt's entry in the job's `attemptLog` becomes. */
  readonly attempt: Pick<JobAttempt, 'outcome' | 'error' | 'retryDelayMs'>;
  readonly deliveries?: readonly JobDelivery[];
} & (
    | { readonly to: 'completed'; readonly result: JsonValue | null }
    | { readonly to: 'failed'; readonly error: JobError }
    /** Nobody wants it any more, and `error` says why. What its ledger has not tried is given up, as by `cancel`; the attempt does not count. */
    | { readonly to: 'cancelled'; readonly error: JobError }
    /** Try again in `delayMs`. `countsAttempt: false` gives the attempt back. */
    | {
        readonly to: 'retrying';
        readonly delayMs: number;
        readonly error: JobError;
        readonly countsAttempt: boolean;
      }
    /** Given back unfinished; the attempt does not count. */
    | { readonly to: 'pending' }
  );

/** What became of a settlement. `stale`: refused, because the worker no longer held the job; recorded in the job's attempt log as `late`. */
export type SettleResult = 'stored' | 'stale';

/** What a running attempt may change. */
export interface JobPatch {
  readonly progress?: JobProgress;
  readonly deliveries?: readonly JobDelivery[];
  readonly log?: Omit<JobLogLine, 'attempt'>;
}

/** A change of a running job, by the worker that holds it. */
export interface JobUpdate {
  readonly fence: JobFence;
  readonly patch: JobPatch;
}

/** A job taken back from a worker whose lease ended. */
export interface ReapedJob {
  readonly job: QueueJob;
  /** `pending` again, or `failed` because it crashed `maxCrashes` times. */
  readonly to: 'pending' | 'failed';
}

/** How a job is started again by hand. */
export interface ReplayOptions {
  /** Refuses a job that was started again by hand so many times before. @default no limit */
  readonly maxReplays?: number;
  /** What it carries from now on. @default what it carried */
  readonly payload?: JsonValue;
}

/** A small value that all processes of a store share. */
export interface SharedEntry {
  readonly key: string;
  readonly value: JsonValue;
  /** Changes with every write, and never comes back. */
  readonly version: string;
}

/** A change of a {@link SharedEntry}. */
export interface SharedChange {
  readonly key: string;
  /** `null` removes it. */
  readonly value: JsonValue;
  /** What it was when it was read; `null`: there was none. */
  readonly version: string | null;
}

/**
 * Small values by key that all processes of a store share: which queues pause, what a rate limit has given out, when a schedule fires next. Few and short lived; nothing
 * here grows with the jobs. Each change is as durable as a job.
 */
export interface SharedState {
  read(key: string): Promise<SharedEntry | null>;
  /** All whose keys begin so, in the order of their keys (by code unit). */
  list(prefix: string): Promise<readonly SharedEntry[]>;
  /** Writes, unless somebody wrote since it was read. @returns the new version, or `null` when somebody did; nothing is changed then. */
  write(change: SharedChange): Promise<string | null>;
  /** The store's clock: milliseconds since the epoch. */
  now(): Promise<number>;
  /** Calls back soon after a value was written, in this process or another. Returns its undo. May call without need, and now and then miss a change. */
  onChange(callback: () => void): () => void;
}

/** Something that happened, as an {@link EventLog} keeps it. */
export interface LoggedEvent {
  /** Its place in the log. */
  readonly cursor: string;
  /** What was appended; the log does not look at it. */
  readonly event: JsonValue;
}

/** What comes after a cursor. */
export interface LoggedEvents {
  /** In the order of the log. */
  readonly events: readonly LoggedEvent[];
  /** Whether some between the cursor and the first of these are no longer kept. */
  readonly isGap: boolean;
}

/**
 * The newest events of all processes of a store, in one order. Cursors never change their meaning: one that this log did not give, because it was made anew, is taken for one
 * whose followers are gone.
 */
export interface EventLog {
  /**
   * Appends events in this order, all or none; those of other calls come before or after them. They are not changed afterwards. Keeps at least the newest `keep`, and not many more. A reader that went on past
   * a place finds nothing new before it, however late a call of another process commits. A power cut may take the latest.
   */
  append(events: readonly JsonValue[], keep: number): Promise<void>;
  /** The oldest events after a cursor, `limit` at most; after `null`, those that are kept. May give fewer than there are, but none only when there are none. */
  read(after: string | null, limit: number): Promise<LoggedEvents>;
  /** The cursor after which whatever is appended from now on comes. */
  latest(): Promise<string>;
  /** Calls back soon after events were appended, in this process or another. Returns its undo. May call without need, and now and then miss some. */
  onAppend(callback: () => void): () => void;
}

/**
 * The narrow part of a queue that a database does. `StoreQueueAdapter` adds the worker runtime, group commit, retries and events on top.
 *
 * The store's own clock decides every moment: leases, due times, stamps. Every method is atomic, also against other processes.
 */
export interface JobStore {
  readonly capabilities: QueueCapabilities;
  /** What all processes share beside the jobs. Pauses, limits, schedules and windows of deduplication need it, and are refused without. */
  readonly shared?: SharedState;
  /** What happened to the jobs, for all processes. The option `eventStream` needs it, and is refused without. */
  readonly events?: EventLog;
  /**
   * Stores jobs; all or none. For one whose `idempotencyKey` (or id) is already kept, the kept job is returned and nothing stored.
   *
   * @param transaction - As `AddOptions.transaction`; only given to a store with the capability.
   * @throws {QueueError} `QUEUE_FULL`; `QUEUE_TRANSACTION_INVALID`.
   */
  insert(
    jobs: readonly JobToInsert[],
    transaction?: object,
  ): Promise<readonly { readonly job: QueueJob; readonly isNew: boolean }[]>;
  /**
   * Takes up to `limit` due jobs for a worker: highest priority first, oldest due first within one; never one that another claim holds. Each becomes
   * `processing`, with `attempts` one higher and a new fence. The lease of the worker, not of each job, decides how long the claim holds.
   */
  claim(request: ClaimRequest): Promise<readonly ClaimedJob[]>;
  /** Ends claims, in one commit. One stale settlement does not stop the others. */
  settle(settlements: readonly Settlement[]): Promise<readonly SettleResult[]>;
  /**
   * `settle` and then `claim`, in one step: for stores that are a way off, so that a busy worker makes one way a job and not two. A worker calls it again
   * before an earlier call has answered. As all of a `settle`, it is repeated when it fails; what it claimed then comes back when the lease is over.
   */
  settleAndClaim?(
    settlements: readonly Settlement[],
    request: ClaimRequest,
  ): Promise<{ readonly results: readonly SettleResult[]; readonly claimed: readonly ClaimedJob[] }>;
  /**
   * Calls of `settleAndClaim` that a worker has under way at once: it divides what ends at the same time among so many, and what ends meanwhile waits for the
   * next. 1 where a call costs more than waiting for it does. @default 4
   */
  readonly stepsAtOnce?: number;
  /** Changes a running job. @returns whether the fence still held; nothing is changed otherwise. */
  update(fence: JobFence, patch: JobPatch): Promise<boolean>;
  /** Several `update`s in one commit, in this order; one that is refused does not stop the others. For stores where a commit costs. */
  updateMany?(updates: readonly JobUpdate[]): Promise<readonly boolean[]>;
  /** Says that a worker lives and extends its lease; the first call registers it. One write, however many jobs it holds. */
  heartbeat(workerId: string, leaseMs: number): Promise<void>;
  /** Takes back all jobs of workers whose lease has ended, counting a crash on each, and forgets those workers. */
  reapExpired(maxCrashes: number): Promise<readonly ReapedJob[]>;
  /** Forgets a worker that stopped cleanly and holds nothing. */
  forgetWorker(workerId: string): Promise<void>;
  /** When the next waiting job is due, in milliseconds from now by the store's clock; 0 when one is due, `null` when none waits. */
  msUntilNextDue(selection?: QueueSelection): Promise<number | null>;
  /** Calls back when a job may have become due that was not before, in this process or another. Returns its undo. Calling too often is allowed. */
  onWake(callback: () => void): () => void;
  /**
   * Calls back when another process cancelled a job that a worker of this one runs, soon after that is stored: its fence is void. Returns its undo. For shared
   * stores; a call that gets lost does no harm, for the worker learns it with its next write.
   */
  onRevoked?(callback: (fence: JobFence) => void): () => void;
  get(id: string): Promise<QueueJob | null>;
  find(filters: Required<Pick<JobFilters, 'limit' | 'offset' | 'order'>> & JobFilters): Promise<JobPage>;
  stats(queue?: string): Promise<QueueStats>;
  /**
   * As `QueueAdapter.retryJob`: checks and changes in one step, so that of two that come at once the second is refused.
   * @throws as there; `QUEUE_REPLAY_LIMIT` when `maxReplays` is reached.
   */
  retry(id: string, options?: ReplayOptions): Promise<QueueJob>;
  /** How many jobs of its queue are claimed before a waiting one that is due; `null` when it does not wait, or no such job is kept. Costs what a page costs. */
  countAhead?(id: string): Promise<number | null>;
  /** As `QueueAdapter.cancelJob`. A running job's fence is void from here on. @returns the job, and the status it had. */
  cancel(id: string): Promise<{ readonly job: QueueJob; readonly from: JobStatus }>;
  /** As `QueueAdapter.deleteJob`. @returns the job as it was. */
  remove(id: string): Promise<QueueJob>;
  /** Deletes some of the finished jobs whose time in the history, or whose `removeAfter`, is over, the oldest first. Called now and then; for stores that have to be asked. */
  evictFinished?(): Promise<void>;
  /** As `QueueAdapter.ping`. */
  ping?(): Promise<void>;
  /** Frees what it opened. Idempotent. */
  close(): Promise<void>;
}
