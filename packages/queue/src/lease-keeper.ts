import type { Timer } from '@townkrier/core';
import type { ReapedJob } from './job-store.ts';
import { emitJobEvent, type Runtime } from './runtime.ts';

/** How leases are kept. All but the last in milliseconds. */
export interface LeaseOptions {
  /** How long a worker is trusted after its last sign of life. */
  readonly leaseMs: number;
  /** How often it gives one. */
  readonly heartbeatMs: number;
  /** Deaths of a worker while running a job that make the job `failed`. */
  readonly maxCrashes: number;
}

/**
 * Keeps the leases of this process's workers and takes jobs back from workers, of any process, whose lease has ended. All of its own workers beat
 * before it reaps: after a pause of the whole process none of them takes the jobs of another.
 */
export class LeaseKeeper {
  readonly #runtime: Runtime;
  readonly #options: LeaseOptions;
  readonly #workerIds = new Set<string>();
  #timer: Timer | undefined;

  constructor(runtime: Runtime, options: LeaseOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  /** Resolves when the worker's first sign of life is stored. A store that fails is tried again with the next beat. */
  async join(workerId: string): Promise<void> {
    this.#workerIds.add(workerId);
    this.#timer ??= this.#planBeat();
    await this.#attempt(() => this.#runtime.store.heartbeat(workerId, this.#options.leaseMs));
  }

  async leave(workerId: string): Promise<void> {
    this.#workerIds.delete(workerId);
    if (this.#workerIds.size === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
    await this.#attempt(() => this.#runtime.store.forgetWorker(workerId));
  }

  #planBeat(): Timer {
    return this.#runtime.clock.schedule(() => void this.#beat(), this.#options.heartbeatMs);
  }

  async #beat(): Promise<void> {
    await this.#attempt(async () => {
      for (const workerId of this.#workerIds) {
        await this.#runtime.store.heartbeat(workerId, this.#options.leaseMs);
      }
      const reaped = await this.#runtime.store.reapExpired(this.#options.maxCrashes);
      for (const one of reaped) this.#announce(one);
      await this.#runtime.store.evictFinished?.();
    });
    if (this.#workerIds.size > 0) this.#timer = this.#planBeat();
  }

  #announce({ job, to }: ReapedJob): void {
    if (to === 'pending') {
      emitJobEvent(this.#runtime, 'job:released', job, {});
      return;
    }
    const reason = job.error?.message ?? 'its worker died';
    emitJobEvent(this.#runtime, 'job:failed', job, { reason, runMs: null, waitMs: null });
  }

  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#runtime.onError(error);
    }
  }
}
