import type { Clock } from './clock.ts';

/** Failures in a row after which a provider gets a rest. */
export const DEFAULT_CIRCUIT_FAILURES = 5;
/** Milliseconds a provider rests before one call probes it. */
export const DEFAULT_CIRCUIT_REST = 30_000;
/** Milliseconds to wait while another call probes the provider. */
export const PROBE_WAIT = 1_000;

/** What a {@link CircuitBreaker} needs. */
export interface CircuitBreakerOptions {
  readonly failures: number;
  readonly rest: number;
  readonly clock: Clock;
  readonly onOpen: (probeAt: Date) => void;
  readonly onClose: () => void;
}

/** Leave to call the provider; given back through `succeed`, `fail` or `release`. */
export type CircuitPermit = 'call' | 'probe';

/**
 * Spares a provider that keeps failing, and its callers the wait.
 *
 * Closed, it lets every call through. After `failures` failures in a row it opens: calls are refused for `rest` milliseconds. Then it lets exactly
 * one call through as a probe: success closes it, failure opens it again. Results of calls that began before it opened change nothing any more.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #failuresInARow = 0;
  #probeAt: number | null = null;
  #isProbing = false;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  /** Whether calls are refused, or only a probe is let through. */
  get isOpen(): boolean {
    return this.#probeAt !== null;
  }

  /** Leave to call now, or `null`: then {@link retryAfterMs} says when to ask again. */
  admit(): CircuitPermit | null {
    if (this.#probeAt === null) return 'call';
    if (this.#isProbing || this.#options.clock.now() < this.#probeAt) return null;
    this.#isProbing = true;
    return 'probe';
  }

  /** Milliseconds until a call may be let through. */
  get retryAfterMs(): number {
    if (this.#probeAt === null) return 0;
    const left = this.#probeAt - this.#options.clock.now();
    return left > 0 ? left : PROBE_WAIT;
  }

  /** The provider answered, if only to refuse this message. */
  succeed(permit: CircuitPermit): void {
    if (permit === 'call' && this.#probeAt !== null) return;
    this.#failuresInARow = 0;
    if (permit === 'call') return;
    this.#isProbing = false;
    this.#probeAt = null;
    this.#options.onClose();
  }

  /** The provider could not be reached, or did not answer. */
  fail(permit: CircuitPermit): void {
    if (permit === 'probe') {
      this.#isProbing = false;
      this.#open();
    } else if (this.#probeAt === null) {
      this.#failuresInARow += 1;
      if (this.#failuresInARow >= this.#options.failures) this.#open();
    }
  }

  /** The provider was not called after all. */
  release(permit: CircuitPermit): void {
    if (permit === 'probe') this.#isProbing = false;
  }

  #open(): void {
    const { clock, rest, onOpen } = this.#options;
    this.#probeAt = clock.now() + rest;
    onOpen(new Date(this.#probeAt));
  }
}
