import { PostgresError, PostgresErrorCode } from './postgres-errors.ts';

/** A moment until which something must be done. It does not move with the clock of the machine. */
export class TimeLimit {
  readonly #endsAt: number;
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
    this.#endsAt = performance.now() + ms;
  }

  /** Milliseconds until then; 1 at least, so that what takes no time is still tried. */
  get left(): number {
    return Math.max(1, this.#endsAt - performance.now());
  }

  get isOver(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /**
   * What the promise gives, if it does so in time. It cannot be stopped: what it still gives or throws afterwards is handed to `onLate` and not
   * reported.
   *
   * @throws {PostgresError} `POSTGRES_UNAVAILABLE` when the time is over.
   */
  async within<T>(promise: Promise<T>, onLate?: (value: T) => void): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        promise.then(onLate, () => undefined);
        reject(this.#error());
      }, this.left);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #error(): PostgresError {
    return new PostgresError(
      PostgresErrorCode.POSTGRES_UNAVAILABLE,
      `PostgreSQL did not answer within ${this.#ms} ms.`,
    );
  }
}
