import type { JobStatus } from './job.ts';

/** What every event about a job carries: ids and states, never payloads. */
export interface JobEvent {
  readonly at: Date;
  readonly jobId: string;
  readonly queue: string;
  readonly type: string;
  readonly name: string;
  readonly status: JobStatus;
  readonly attempts: number;
}

/** The events of a queue, by name; each about a job comes after the change is stored. */
export interface QueueEvents {
  'job:enqueued': JobEvent;
  'job:started': JobEvent;
  'job:progress': JobEvent & { readonly percent: number };
  /** `waitMs`: from when this try could start until it did. 0 for one that somebody started again by hand: when that was is not kept. */
  'job:completed': JobEvent & { readonly runMs: number; readonly waitMs: number };
  /** A try failed and another is planned. */
  'job:retrying': JobEvent & { readonly delayMs: number; readonly reason: string };
  /** It failed for good. The times are those of its last try, as of one that completed; `null` when its workers died, and with them what they knew. */
  'job:failed': JobEvent & {
    readonly reason: string;
    readonly runMs: number | null;
    readonly waitMs: number | null;
  };
  /** Somebody cancelled it, or it did so itself: `reason` says why then. */
  'job:cancelled': JobEvent & { readonly reason?: string };
  /** Given back unfinished: its worker died or stopped, its queue was paused as it was claimed, or a limit was reached just then. */
  'job:released': JobEvent;
  /** A worker reported about a job it no longer held; the report was refused. */
  'job:late': JobEvent & { readonly workerId: string };
  'job:deleted': JobEvent;
  /** A `FailoverQueueAdapter` lost its primary: new jobs go to the fallback. Also when it starts so. */
  'failover:opened': { readonly at: Date; readonly reason: string };
  /** It uses its primary, again or from the start; what waited in the fallback was moved. */
  'failover:closed': { readonly at: Date };
  /** Jobs that waited in the fallback were moved to the primary. */
  'failover:drained': { readonly at: Date; readonly count: number };
}
export type QueueEventName = keyof QueueEvents;
/** The events about one job; each is a {@link JobEvent}. */
export type JobEventName = Extract<QueueEventName, `job:${string}`>;
export type QueueEventListener<Name extends QueueEventName> = (event: QueueEvents[Name]) => void;
