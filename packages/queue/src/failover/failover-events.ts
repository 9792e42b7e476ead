import { type ListenerErrorHandler, TypedEmitter } from '@townkrier/core';
import type { JobEventName, QueueEventListener, QueueEventName, QueueEvents } from '../events.ts';
import type { NewJob, QueueAdapter } from '../queue-adapter.ts';

/** The two queues behind a {@link FailoverQueueAdapter}. */
export interface Sides {
  readonly primary: QueueAdapter;
  readonly fallback: QueueAdapter;
}

/** The events of both sides and of the failover itself. A job that moves is neither announced again nor called deleted. */
export class FailoverEvents {
  readonly #sides: Sides;
  readonly #emitter: TypedEmitter<QueueEvents>;
  readonly #forwarded = new Set<JobEventName>();
  /** Jobs whose `job:enqueued` of the primary is no news. */
  readonly #arriving = new Set<string>();
  /** Jobs whose `job:deleted` of the fallback is no news. */
  readonly #leaving = new Set<string>();

  constructor(sides: Sides, onListenerError: ListenerErrorHandler | undefined) {
    this.#sides = sides;
    this.#emitter = new TypedEmitter({ onListenerError });
  }

  on<Name extends QueueEventName>(name: Name, listener: QueueEventListener<Name>): () => void {
    if (isOfJob(name)) this.#forward(name);
    return this.#emitter.on(name, listener);
  }

  emit<Name extends Exclude<QueueEventName, JobEventName>>(name: Name, event: QueueEvents[Name]): void {
    this.#emitter.emit(name, event);
  }

  /** An add to the primary of jobs that were announced before. */
  withoutArrival<Result>(jobs: readonly NewJob[], adding: Promise<Result>): Promise<Result> {
    const ids = jobs.flatMap(({ id }) => id ?? []);
    return silently(this.#arriving, ids, adding);
  }

  /** A delete in the fallback of a job that goes on living. */
  withoutLeaving(id: string, deleting: Promise<void>): Promise<void> {
    return silently(this.#leaving, [id], deleting);
  }

  /** From the first listener on: sides build no events that nobody hears. */
  #forward(name: JobEventName): void {
    if (this.#forwarded.has(name)) return;
    this.#forwarded.add(name);
    const { primary, fallback } = this.#sides;
    primary.on(name, (event) => {
      if (name === 'job:enqueued' && this.#arriving.has(event.jobId)) return;
      this.#emitter.emit(name, event);
    });
    fallback.on(name, (event) => {
      if (name === 'job:deleted' && this.#leaving.has(event.jobId)) return;
      this.#emitter.emit(name, event);
    });
  }
}

function isOfJob(name: QueueEventName): name is JobEventName {
  return name.startsWith('job:');
}

async function silently<Result>(
  silenced: Set<string>,
  ids: readonly string[],
  change: Promise<Result>,
): Promise<Result> {
  for (const id of ids) silenced.add(id);
  try {
    return await change;
  } finally {
    for (const id of ids) silenced.delete(id);
  }
}
