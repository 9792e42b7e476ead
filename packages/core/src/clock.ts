/** A timer that was set; cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * Where all time comes from, so that tests can own it. Everything in TownKrier that waits or stamps a moment asks its clock;
 * nothing calls `Date.now()` or `setTimeout` by itself.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Calls `callback` once, after at least `delayMs` milliseconds; delays of 0 or less mean "as soon as possible".
   * Timers never keep the process alive on their own.
   */
  schedule(callback: () => void, delayMs: number): Timer;
}

/** The longest delay Node's timers take; a longer one would fire at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The machine's clock. A delay beyond Node's limit of 2^31 − 1 ms is waited for in stages. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(callback, delayMs) {
    const dueAt = Date.now() + delayMs;
    let timeout: NodeJS.Timeout;
    const wait = (left: number): void => {
      const stage = Math.min(Math.max(left, 0), LONGEST_TIMEOUT);
      timeout = setTimeout(() => (left > LONGEST_TIMEOUT ? wait(dueAt - Date.now()) : callback()), stage);
      timeout.unref();
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(timeout) };
  },
};
