import { type FSWatcher, watch } from 'node:fs';
import type { SqliteDatabase } from './sqlite-database.ts';

/** Milliseconds between two looks after a write was reported; each look doubles the pause, the last is this long. */
const FIRST_PAUSE = 1;
const LAST_PAUSE = 64;

/**
 * Tells when another connection, of this process or another, committed to the file: a commit writes to the `-wal` file beside it, which the operating
 * system reports, and `PRAGMA data_version` says whether it was somebody else. Costs nothing while nothing is written.
 *
 * A commit can be seen a little after its write was reported: in between it is brought to the disk. So a look that sees nothing is repeated for a tenth of a second.
 */
export class CommitWatch {
  readonly #database: SqliteDatabase;
  readonly #onCommit: () => void;
  readonly #dataVersion;
  #watcher: FSWatcher | undefined;
  #seenVersion: number;
  #isLookPlanned = false;
  #nextLook: NodeJS.Timeout | undefined;

  constructor(database: SqliteDatabase, onCommit: () => void) {
    this.#database = database;
    this.#onCommit = onCommit;
    this.#dataVersion = database.connection.prepare('PRAGMA data_version');
    this.#seenVersion = this.#readVersion();
    this.#watcher = this.#start();
  }

  close(): void {
    clearTimeout(this.#nextLook);
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #start(): FSWatcher | undefined {
    try {
      const watcher = watch(`${this.#database.file}-wal`, { persistent: false }, this.#onWrite);
      // Where watching ends (the file was moved, no more watches are to be had), the workers' slow poll is what is left.
      watcher.on('error', () => this.close());
      return watcher;
    } catch {
      return undefined;
    }
  }

  /** A commit is reported as several writes; those of one turn of the event loop are looked at once. */
  readonly #onWrite = (): void => {
    if (this.#isLookPlanned) return;
    this.#isLookPlanned = true;
    setImmediate(() => {
      this.#isLookPlanned = false;
      this.#look(FIRST_PAUSE);
    });
  };

  #look(pauseMs: number): void {
    clearTimeout(this.#nextLook);
    if (this.#watcher === undefined) return;
    const version = this.#readVersion();
    if (version !== this.#seenVersion) {
      this.#seenVersion = version;
      this.#onCommit();
    } else if (pauseMs <= LAST_PAUSE) {
      this.#nextLook = setTimeout(() => this.#look(pauseMs * 2), pauseMs).unref();
    }
  }

  #readVersion(): number {
    return Number(this.#dataVersion.get()?.['data_version'] ?? 0);
  }
}
