import { fromLogRow, type NotificationLog } from '@townkrier/storage';
import { expectFew } from '../few-rows.ts';
import type { PostgresDatabase } from '../postgres-database.ts';

/** Rows read by one statement, so that an answer does not hold up the event loop. */
const MAX_ROWS_PER_READ = 250;

interface PendingRead {
  readonly value: string;
  readonly resolve: (log: NotificationLog | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads single rows by a column that is unique. Reads of one turn of the event loop share a statement: a worker with fifty notifications in hand looks for
 * fifty rows at once. Reads do not wait for those of an earlier turn.
 */
export class RowReads {
  readonly #database: PostgresDatabase;
  readonly #column: 'id' | 'idempotency_key';
  readonly #text: string;
  #pending: PendingRead[] = [];

  constructor(database: PostgresDatabase, column: 'id' | 'idempotency_key') {
    this.#database = database;
    this.#column = column;
    this.#text = `SELECT logs.* FROM unnest($1::text[]) WITH ORDINALITY AS given (${column}, place)
      JOIN ${database.table('logs')} AS logs USING (${column}) WHERE ${expectFew('place')}`;
  }

  /** @returns the row as it is after the call, an object of the caller's own; `null` where there is none. */
  read(value: string): Promise<NotificationLog | null> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ value, resolve, reject });
      if (this.#pending.length === 1) setImmediate(this.#flush);
    });
  }

  readonly #flush = (): void => {
    const reads = this.#pending;
    this.#pending = [];
    for (let i = 0; i < reads.length; i += MAX_ROWS_PER_READ) {
      void this.#answer(reads.slice(i, i + MAX_ROWS_PER_READ));
    }
  };

  /** Never rejects: what fails is told to each of the reads. */
  async #answer(reads: readonly PendingRead[]): Promise<void> {
    try {
      const values = [...new Set(reads.map(({ value }) => value))];
      const rows = await this.#database.query<object>(this.#text, [values], { isPrepared: true });
      const byValue = new Map(rows.map((row) => [Reflect.get(row, this.#column), row]));
      for (const { value, resolve } of reads) {
        const row = byValue.get(value);
        resolve(row === undefined ? null : fromLogRow(row));
      }
    } catch (error) {
      for (const { reject } of reads) reject(error);
    }
  }
}
