import { type FSWatcher, watch } from 'node:fs';
import type { SqliteDatabase } from './sqlite-database.ts';

/**
 * Tells when another connection, of this process or another, committed to the file: every commit writes to the `-wal` file beside it, which the operating
 * system reports, and `PRAGMA data_version` says whether it was somebody else. Costs nothing while nothing is written.
 */
export class CommitWatch {
  readonly #database: SqliteDatabase;
  readonly #onCommit: () => void;
  readonly #dataVersion;
  #watcher: FSWatcher | undefined;
  #seenVersion: number;
  #isLookPlanned = false;

  constructor(database: SqliteDatabase, onCommit: () => void) {
    this.#database = database;
    this.#onCommit = onCommit;
    this.#dataVersion = database.connection.prepare('PRAGMA data_version');
    this.#seenVersion = this.#readVersion();
    this.#watcher = this.#start();
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #start(): FSWatcher | undefined {
    try {
      const watcher = watch(`${this.#database.file}-wal`, { persistent: false }, this.#planLook);
      // Where watching ends (the file was moved, no more watches are to be had), the workers' slow poll is what is left.
      watcher.on('error', () => this.close());
      return watcher;
    } catch {
      return undefined;
    }
  }

  /** A commit is reported several times; one look is enough. */
  readonly #planLook = (): void => {
    if (this.#isLookPlanned) return;
    this.#isLookPlanned = true;
    setImmediate(() => {
      this.#isLookPlanned = false;
      if (this.#watcher !== undefined) this.#look();
    });
  };

  #look(): void {
    const version = this.#readVersion();
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    this.#onCommit();
  }

  #readVersion(): number {
    return Number(this.#dataVersion.get()?.['data_version'] ?? 0);
  }
}
