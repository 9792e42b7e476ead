import { randomUUID } from 'node:crypto';
import type { SharedChange, SharedEntry, SharedState } from '@townkrier/queue';
import { type PostgresDatabase, quoteText } from '../postgres-database.ts';

/** What {@link SharedValues} need of their store. */
export interface SharedValuesParts {
  /** Makes a call as the store does: with its tables there, and with its errors. */
  readonly call: <T>(action: () => Promise<T>) => Promise<T>;
  /** Listens to other processes until it is undone. */
  readonly listen: () => () => void;
  /** Where and how others are told that a value was written. */
  readonly channel: string;
  readonly notice: string;
}

/** Small values in a table of the schema. Each write is one statement: of two that come with the same version, one waits for the other and then finds it gone. */
export class SharedValues implements SharedState {
  readonly #database: PostgresDatabase;
  readonly #parts: SharedValuesParts;
  readonly #table: string;
  readonly #callbacks = new Set<() => void>();

  constructor(database: PostgresDatabase, parts: SharedValuesParts) {
    this.#database = database;
    this.#parts = parts;
    this.#table = database.table('shared');
  }

  async read(key: string): Promise<SharedEntry | null> {
    const [row] = await this.#query<SharedEntry>(
      `SELECT key, value, version FROM ${this.#table} WHERE key = $1`,
      [toStored(key)],
    );
    return row === undefined ? null : { ...row, key };
  }

  async list(prefix: string): Promise<readonly SharedEntry[]> {
    const rows = await this.#query<SharedEntry>(
      `SELECT key, value, version FROM ${this.#table} WHERE starts_with(key, $1)`,
      [toStored(prefix)],
    );
    const entries = rows.map((row) => ({ ...row, key: fromStored(row.key) }));
    // Here, because the server compares bytes, which is another order beyond U+FFFF.
    return entries.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  async write({ key, value, version }: SharedChange): Promise<string | null> {
    const next = randomUUID();
    if (value === null && version === null) return (await this.read(key)) === null ? next : null;
    const isWritten =
      value === null ? await this.#remove(key, version) : await this.#put({ key, value, version }, next);
    if (!isWritten) return null;
    this.tell();
    return next;
  }

  async now(): Promise<number> {
    const [row] = await this.#query<{ readonly now: number }>(
      `SELECT ${this.#database.table('now_ms')}() AS now`,
      [],
    );
    if (row === undefined) throw new Error('PostgreSQL gave no row for its clock.');
    return row.now;
  }

  /** Listens to other processes for as long as somebody wants to be called, as `onWake` does. */
  onChange(callback: () => void): () => void {
    // A wrapper of its own, so that one function registered twice is undone one at a time.
    const change = (): void => callback();
    this.#callbacks.add(change);
    const stopListening = this.#parts.listen();
    return () => {
      this.#callbacks.delete(change);
      stopListening();
    };
  }

  /** Calls back that a value may have been written. */
  tell(): void {
    for (const change of this.#callbacks) change();
  }

  /** Calls nobody back any more. */
  close(): void {
    this.#callbacks.clear();
  }

  #put({ key, value, version }: SharedChange, next: string): Promise<boolean> {
    const values = [toStored(key), JSON.stringify(value), next];
    if (version === null) {
      return this.#write(
        `INSERT INTO ${this.#table} (key, value, version) VALUES ($1, $2::json, $3) ON CONFLICT DO NOTHING`,
        values,
      );
    }
    return this.#write(
      `UPDATE ${this.#table} SET value = $2::json, version = $3 WHERE key = $1 AND version = $4`,
      [...values, version],
    );
  }

  #remove(key: string, version: string | null): Promise<boolean> {
    return this.#write(`DELETE FROM ${this.#table} WHERE key = $1 AND version = $2`, [
      toStored(key),
      version,
    ]);
  }

  /** Runs a statement that changes a value, and tells the other stores if it did. */
  async #write(sql: string, values: readonly unknown[]): Promise<boolean> {
    const { channel, notice } = this.#parts;
    const rows = await this.#query(
      `WITH written AS (${sql} RETURNING key) SELECT pg_notify(${quoteText(channel)}, ${quoteText(notice)}) FROM written`,
      values,
    );
    return rows.length > 0;
  }

  #query<Row>(sql: string, values: readonly unknown[]): Promise<Row[]> {
    return this.#parts.call(() => this.#database.query<Row>(sql, values, { isPrepared: true }));
  }
}

/** A key as PostgreSQL can keep it: U+0000 and halves of surrogate pairs as JSON writes them. What begins another key begins it after that, too. */
function toStored(key: string): string {
  return JSON.stringify(key).slice(1, -1);
}

function fromStored(stored: string): string {
  const key: string = JSON.parse(`"${stored}"`);
  return key;
}
