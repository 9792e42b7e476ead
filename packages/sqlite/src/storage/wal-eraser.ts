import type { Clock, Timer } from '@townkrier/core';
import type { SqliteDatabase } from '../sqlite-database.ts';

/** Milliseconds until the next try, when another connection was in the way. */
const RETRY_DELAY = 1_000;

/**
 * Takes deleted bytes out of the `-wal` file: `secure_delete` overwrites them in their page, but the log of changes still has the page as it was. Empties that
 * file; while another connection reads or writes, it tries again later.
 */
export class WalEraser {
  readonly #database: SqliteDatabase;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(database: SqliteDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Empties the file now, or when it can. Never throws: what cannot be emptied now is overwritten in time, and goes when the last connection closes. */
  erase(): void {
    this.#timer?.cancel();
    if (this.#isClosed) return;
    this.#timer = this.#isEmptied() ? undefined : this.#clock.schedule(() => this.erase(), RETRY_DELAY);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #isEmptied(): boolean {
    try {
      return this.#database.connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0;
    } catch {
      return false;
    }
  }
}
