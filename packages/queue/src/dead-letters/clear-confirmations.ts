import { type Clock, createId } from '@townkrier/core';
import { QueueError, QueueErrorCode } from '../errors.ts';

/** Milliseconds between the two steps of a clear. */
const LIFETIME_MS = 60_000;
/** Each keeps the ids of what it would delete; of more than this the oldest goes. */
const MAX_OPEN = 20;

/** A failure of a job: one that was started again and failed again is another. */
export interface JobFailure {
  readonly jobId: string;
  readonly replays: number;
}

interface Confirmation {
  readonly failures: readonly JobFailure[];
  readonly expiresAt: number;
}

/** What was asked to be cleared, and waits to be confirmed. */
export class ClearConfirmations {
  readonly #clock: Clock;
  readonly #open = new Map<string, Confirmation>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(failures: readonly JobFailure[]): { readonly token: string; readonly expiresAt: Date } {
    this.#forgetOld();
    const token = createId();
    const expiresAt = this.#clock.now() + LIFETIME_MS;
    this.#open.set(token, { failures, expiresAt });
    return { token, expiresAt: new Date(expiresAt) };
  }

  /** @throws {QueueError} `QUEUE_CONFIRMATION_INVALID` for one that is unknown, was taken before, or is too old. */
  take(token: string): readonly JobFailure[] {
    const confirmation = this.#open.get(token);
    this.#open.delete(token);
    if (confirmation !== undefined && this.#clock.now() < confirmation.expiresAt)
      return confirmation.failures;
    throw new QueueError(
      QueueErrorCode.QUEUE_CONFIRMATION_INVALID,
      `This confirmation is unknown here, was used, or is older than ${LIFETIME_MS / 1000} seconds. Ask for a new one with confirmClear and look at what it counts.`,
    );
  }

  #forgetOld(): void {
    // In the order in which they were made, and so in which they end.
    for (const [token, { expiresAt }] of this.#open) {
      if (this.#open.size < MAX_OPEN && this.#clock.now() < expiresAt) return;
      this.#open.delete(token);
    }
  }
}
