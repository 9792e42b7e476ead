import { type Clock, createId } from '@townkrier/core';
import { QueueError, QueueErrorCode } from './errors.ts';

/** Milliseconds between the two steps. */
const LIFETIME_MS = 60_000;
/** What waits may be large; of more than this the oldest goes. */
const MAX_OPEN = 20;

/** What was asked to be deleted, and waits to be confirmed. */
export class Confirmations<What> {
  readonly #clock: Clock;
  readonly #firstStep: string;
  readonly #open = new Map<string, { readonly what: What; readonly expiresAt: number }>();

  /** @param firstStep - The method that gives tokens, for the error. */
  constructor(clock: Clock, firstStep: string) {
    this.#clock = clock;
    this.#firstStep = firstStep;
  }

  add(what: What): { readonly token: string; readonly expiresAt: Date } {
    this.#forgetOld();
    const token = createId();
    const expiresAt = this.#clock.now() + LIFETIME_MS;
    this.#open.set(token, { what, expiresAt });
    return { token, expiresAt: new Date(expiresAt) };
  }

  /** @throws {QueueError} `QUEUE_CONFIRMATION_INVALID` for one that is unknown, was taken before, or is too old. */
  take(token: string): What {
    const confirmation = this.#open.get(token);
    this.#open.delete(token);
    if (confirmation !== undefined && this.#clock.now() < confirmation.expiresAt) return confirmation.what;
    throw new QueueError(
      QueueErrorCode.QUEUE_CONFIRMATION_INVALID,
      `This confirmation is unknown here, was used, or is older than ${LIFETIME_MS / 1000} seconds. Ask for a new one with ${this.#firstStep} and look at what it counts.`,
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
