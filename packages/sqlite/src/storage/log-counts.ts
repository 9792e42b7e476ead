import type { DatabaseSync } from 'node:sqlite';
import type { LogCountChanges } from '@townkrier/storage';

/** The counters of rows, written in the transactions that change the rows. */
export class LogCounts {
  readonly #add;
  readonly #drop;

  constructor(connection: DatabaseSync) {
    this.#add = connection.prepare(
      'INSERT INTO townkrier_log_counts VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n',
    );
    this.#drop = connection.prepare(
      `DELETE FROM townkrier_log_counts
       WHERE scope = ? AND value = ? AND start = ? AND channel = ? AND status = ? AND reached = ? AND n = 0`,
    );
  }

  /** Writes what a transaction has gathered; its last step. */
  write(changes: LogCountChanges): void {
    for (const { scope, value, start, channel, status, reached, by } of changes.list()) {
      const key = [scope, value, start, channel, status, reached];
      this.#add.run(...key, by);
      if (by < 0) this.#drop.run(...key);
    }
  }
}
