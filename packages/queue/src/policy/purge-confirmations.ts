import { type Clock, createId } from '@townkrier/core';
import { QueueError, QueueErrorCode } from '../errors.ts';

/** Milliseconds between the two steps of a purge. */
const LIFETIME_MS = 60_000;

/** A queue that is to be purged, and when that was asked. Milliseconds since the epoch. */
export interface PurgeRequest {
  readonly queue: string;
  readonly askedAt: number;
}

/** What was asked to be purged, and waits to be confirmed. */
export class PurgeConfirmations {
  readonly #clock: Clock;
  readonly #open = new Map<string, { readonly request: PurgeRequest; readonly expiresAt: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(request: PurgeRequest): { readonly token: string; readonly expiresAt: Date } {
    this.#forgetOld();
    const token = createId();
    const expiresAt = this.#clock.now() + LIFETIME_MS;
    this.#open.set(token, { request, expiresAt });
    return { token, expiresAt: new Date(expiresAt) };
  }

  /** @throws {QueueError} `QUEUE_CONFIRMATION_INVALID` for one that is unknown, was taken before, or is too old. */
  take(token: string): PurgeRequest {
    this.#forgetOld();
    const kept = this.#open.get(token);
    this.#open.delete(token);
    if (kept !== undefined) return kept.request;
    throw new QueueError(
      QueueErrorCode.QUEUE_CONFIRMATION_INVALID,
      `This confirmation is unknown here, was used, or is older than ${LIFETIME_MS / 1000} seconds. Ask for a new one with confirmPurge and look at what it counts.`,
    );
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [token, { expiresAt }] of this.#open) if (expiresAt <= now) this.#open.delete(token);
  }
}
