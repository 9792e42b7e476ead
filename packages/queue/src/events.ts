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

/** The events of a queue, by name; each comes after the change is stored. */
export interface QueueEvents {
  'job:enqueued': JobEvent;
  'job:started': JobEvent;
  'job:progress': JobEvent & { readonly percent: number };
  'job:completed': JobEvent & { readonly runMs: number; readonly waitMs: number };
  /** A try failed and another is planned. */
  'job:retrying': JobEvent & { readonly delayMs: number; readonly reason: string };
  /** It failed for good. */
  'job:failed': JobEvent & { readonly reason: string };
  'job:cancelled': JobEvent;
  /** Given back unfinished: its worker died or stopped. */
  'job:released': JobEvent;
  /** A worker reported about a job it no longer held; the report was refused. */
  'job:late': JobEvent & { readonly workerId: string };
  'job:deleted': JobEvent;
}
export type QueueEventName = keyof QueueEvents;
export type QueueEventListener<Name extends QueueEventName> = (event: QueueEvents[Name]) => void;
