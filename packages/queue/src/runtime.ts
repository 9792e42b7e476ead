import type { Clock, TypedEmitter } from '@townkrier/core';
import type { BackoffFunction } from './backoff.ts';
import type { JobEvent, JobEventName, QueueEvents } from './events.ts';
import type { GroupUpdate } from './group-update.ts';
import type { QueueJob } from './job.ts';
import type { JobStore } from './job-store.ts';
import type { PauseWatch } from './policy/pause-watch.ts';

/** What the parts of a `StoreQueueAdapter` share. */
export interface Runtime {
  readonly store: JobStore;
  readonly updates: GroupUpdate;
  /** Which queues pause, where processes can tell each other. */
  readonly pauses: PauseWatch | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly createId: () => string;
  readonly events: TypedEmitter<QueueEvents>;
  readonly backoffs: Readonly<Record<string, BackoffFunction>>;
  /** Milliseconds. */
  readonly shutdownTimeout: number;
  /** Milliseconds. */
  readonly pollInterval: number;
  /** Told of failures of the store and of backoff functions, which the runtime survives by trying again. */
  readonly onError: (error: unknown) => void;
}

/** Emits an event about a job, unless nobody listens. */
export function emitJobEvent<Name extends JobEventName>(
  runtime: Runtime,
  name: Name,
  job: QueueJob,
  details: Omit<QueueEvents[Name], keyof JobEvent> & Partial<JobEvent>,
): void {
  if (!runtime.events.hasListeners(name)) return;
  const event: JobEvent = {
    at: new Date(runtime.clock.now()),
    jobId: job.id,
    queue: job.queue,
    type: job.type,
    name: job.name,
    status: job.status,
    attempts: job.attempts,
  };
  // The common part and the details together are the event; TypeScript cannot add them up for a generic name.
  runtime.events.emit(name, { ...event, ...details } as unknown as QueueEvents[Name]);
}

/**
 * Runs a callback soon, so that calls made until then are committed together. A store that only lives in memory has nothing to save by waiting
 * longer than the running code; one that writes to a disk or a server collects for one turn of the event loop.
 */
export function soon(store: JobStore, callback: () => void): void {
  if (store.capabilities.durability === 'process') queueMicrotask(callback);
  else setImmediate(callback);
}
