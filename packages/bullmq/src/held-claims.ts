import type { JobFence, StoredJob } from '@townkrier/queue';

/** A job that a worker of this process has in hand. */
export interface HeldClaim {
  readonly fence: JobFence;
  /** As it was claimed, with what was stored since. */
  readonly job: StoredJob;
  /** Its place in the order of creation. */
  readonly number: number;
  /** The names of its queue and of itself in BullMQ. */
  readonly queue: string;
  readonly id: string;
  /** What BullMQ's lock holds for it. */
  readonly token: string;
  /** Whether a settlement of it was sent and nobody knows whether it was stored. */
  isUncertain: boolean;
}

/** The jobs that workers of this process have in hand. */
export class HeldClaims {
  readonly #byId = new Map<string, HeldClaim>();

  add(claim: HeldClaim): void {
    this.#byId.set(claim.fence.jobId, claim);
  }

  /** The claim with this fence, if it is held. */
  find({ jobId, claim, workerId }: JobFence): HeldClaim | null {
    const held = this.#byId.get(jobId);
    return held?.fence.claim === claim && held.fence.workerId === workerId ? held : null;
  }

  /** The fence of a job, if it is held under this claim, by whichever worker. */
  fenceOf(jobId: string, claim: number): JobFence | null {
    const fence = this.#byId.get(jobId)?.fence;
    return fence?.claim === claim ? fence : null;
  }

  remove(fence: JobFence): void {
    if (this.find(fence) !== null) this.#byId.delete(fence.jobId);
  }

  of(workerId: string): readonly HeldClaim[] {
    return [...this.#byId.values()].filter(({ fence }) => fence.workerId === workerId);
  }

  removeAllOf(workerId: string): void {
    for (const { fence } of this.of(workerId)) this.#byId.delete(fence.jobId);
  }
}
