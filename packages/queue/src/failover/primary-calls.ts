import { type Clock, TownKrierError } from '@townkrier/core';
import { QueueError, QueueErrorCode } from '../errors.ts';

/** Asks the primary, and never waits longer than a bound. What a call still brings after that is ignored. */
export class PrimaryCalls {
  readonly #clock: Clock;
  readonly #giveUps = new Set<(error: unknown) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * What the call resolves with. It is made before `ask` returns.
   *
   * @param timeout - Milliseconds.
   * @throws {QueueError} `QUEUE_UNAVAILABLE` when there is no answer in time, or all calls are given up; whatever the call rejects with.
   */
  ask<Answer>(call: () => Promise<Answer>, timeout: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        timer.cancel();
        this.#giveUps.delete(giveUp);
      };
      const giveUp = (error: unknown): void => {
        end();
        reject(error);
      };
      const timer = this.#clock.schedule(() => giveUp(noAnswer(timeout)), timeout);
      this.#giveUps.add(giveUp);
      attempt(call).then(resolve, reject).finally(end);
    });
  }

  /** Ends all calls under way, oldest first, as if their time were over. */
  giveUpAll(error: unknown): void {
    for (const giveUp of this.#giveUps) giveUp(error);
  }
}

/** The error for a primary that does not answer. Whether it did what it was asked is not known. */
export function unavailable(cause: unknown): TownKrierError {
  if (TownKrierError.is(cause, QueueErrorCode.QUEUE_UNAVAILABLE)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new QueueError(
    QueueErrorCode.QUEUE_UNAVAILABLE,
    `The primary queue does not answer: ${why}. Try again once it does.`,
    cause instanceof Error ? cause : undefined,
  );
}

function noAnswer(timeout: number): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_UNAVAILABLE,
    `The primary queue did not answer within ${timeout} ms.`,
  );
}

/** Makes a call at once. One that throws instead of returning a promise fails like any other. */
export async function attempt<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  return call();
}
