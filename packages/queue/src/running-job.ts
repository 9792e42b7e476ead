import { QueueError, QueueErrorCode } from './errors.ts';
import type { JobDelivery, QueueJob } from './job.ts';
import type { ClaimedJob, JobFence, JobPatch } from './job-store.ts';
import { freezeDeliveries, invalid } from './new-job.ts';
import type { JobContext } from './queue-adapter.ts';
import { emitJobEvent, type Runtime } from './runtime.ts';

/**
 * A job in a worker's hands, and what its handler sees of it. The signal and the methods are made when first asked for: most handlers use few of
 * them, and a method may be taken out of the context (`({ log }) => …`) without losing what it belongs to.
 */
export class RunningJob implements JobContext {
  readonly job: QueueJob;
  readonly fence: JobFence;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** When the attempt times out, in milliseconds since the epoch. */
  readonly deadline: number;
  /** Whether what becomes of this attempt is settled; what the handler reports afterwards is late. */
  isDecided = false;
  /** Where it stands among its worker's {@link JobsInHand}; -1 outside. */
  place = -1;
  readonly #runtime: Runtime;
  #controller: AbortController | undefined;
  #abortReason: Error | undefined;

  constructor(runtime: Runtime, claimed: ClaimedJob, now: number) {
    this.#runtime = runtime;
    // Frozen, because the worker itself reads it again: a handler that changed its id would never be let go of.
    this.job = Object.freeze(claimed.job);
    this.fence = claimed.fence;
    this.startedAt = now;
    this.deadline = now + claimed.job.timeout;
  }

  get attempt(): number {
    return this.job.attempts;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  get progress(): JobContext['progress'] {
    return async (percent, step) => {
      if (!(percent >= 0 && percent <= 100)) throw invalid('percent', percent, 'a number from 0 to 100');
      await this.#update({ progress: { percent, step: step ?? null } });
      emitJobEvent(this.#runtime, 'job:progress', this.job, { percent });
    };
  }

  get log(): JobContext['log'] {
    return (message) =>
      this.#update({ log: { at: new Date(this.#runtime.clock.now()), message: String(message) } });
  }

  get saveDeliveries(): JobContext['saveDeliveries'] {
    return (deliveries: readonly JobDelivery[]) => this.#update({ deliveries: freezeDeliveries(deliveries) });
  }

  /** Tells the handler to stop. The first reason counts. */
  abort(reason: Error): void {
    this.#abortReason ??= reason;
    this.#controller?.abort(this.#abortReason);
  }

  async #update(patch: JobPatch): Promise<void> {
    const isHeld = !this.isDecided && (await this.#runtime.updates.update(this.fence, patch));
    if (isHeld) return;
    const error = new QueueError(
      QueueErrorCode.QUEUE_LEASE_LOST,
      `Job ${this.job.id} is no longer held by this attempt: it timed out, was cancelled, or was given to another worker. Nothing was stored.`,
      this.#abortReason,
    );
    this.abort(error);
    throw error;
  }
}
