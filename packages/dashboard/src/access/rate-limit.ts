import type { Clock } from '@townkrier/core';

/** How often something may happen. */
export interface RateLimit {
  readonly limit: number;
  /** Milliseconds from the first use on, after which all uses are forgotten. */
  readonly windowMs: number;
}

interface Window {
  used: number;
  readonly endsAt: number;
}

/** How many keys are remembered; beyond that the oldest window is forgotten, so that memory stays bounded whoever asks. */
const MAX_KEYS = 10_000;

/** Counts uses by key in fixed windows. */
export class RateLimiter {
  readonly #rate: RateLimit;
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(rate: RateLimit, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** Milliseconds until the key may be used again; 0 when it may now. Counts nothing. */
  msUntilFree(key: string): number {
    const window = this.#current(key);
    if (window === undefined || window.used < this.#rate.limit) return 0;
    return window.endsAt - this.#clock.now();
  }

  /** Counts a use. */
  use(key: string): void {
    const window = this.#current(key) ?? { used: 0, endsAt: this.#clock.now() + this.#rate.windowMs };
    window.used += 1;
    this.#windows.set(key, window);
    if (this.#windows.size > MAX_KEYS) this.#forgetOldest();
  }

  #current(key: string): Window | undefined {
    const window = this.#windows.get(key);
    if (window === undefined || window.endsAt > this.#clock.now()) return window;
    this.#windows.delete(key);
    return undefined;
  }

  #forgetOldest(): void {
    const oldest = this.#windows.keys().next();
    if (!oldest.done) this.#windows.delete(oldest.value);
  }
}

/** What an address is counted by: IPv6 by its /64, because one machine has all of it. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = ''] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  return groups.slice(0, 4).join(':');
}
