import { parseOptions } from '@townkrier/core';
import {
  type AuditHead,
  type AuditRow,
  type AuditRowQuery,
  type AuditStore,
  StorageError,
  StorageErrorCode,
  selectAuditRows,
  toAuditHead,
  toAuditRow,
} from '@townkrier/storage';
import { z } from 'zod';
import { PostgresDatabase, type PostgresTransaction } from '../postgres-database.ts';
import { PostgresError } from '../postgres-errors.ts';
import { type PostgresOptions, postgresOptionsShape } from '../postgres-options.ts';
import { AUDIT_MIGRATIONS } from './audit-schema.ts';
import { numberPlaces } from './number-places.ts';

const schema = z.strictObject(postgresOptionsShape);

/**
 * Keeps an audit log in PostgreSQL (13 or newer), shared by any number of processes. The tables are made with the first call, in a schema of their own, which may be that of
 * queue and delivery log. A role that only has the rights to SELECT and INSERT on `audit`, and SELECT and UPDATE on `audit_head`, can append and not change.
 *
 * Appends of all processes take turns. What the database throws becomes `STORAGE_UNAVAILABLE` with the `PostgresError` as its cause.
 *
 * @example
 * const auditLog = new AuditLog(new PostgresAuditStore({ connection: process.env.DATABASE_URL }));
 */
export class PostgresAuditStore implements AuditStore {
  readonly #database: PostgresDatabase;
  readonly #readText: string;
  readonly #lockText: string;
  readonly #insertText: string;
  readonly #moveText: string;

  /** @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, naming key and value. */
  constructor(options: PostgresOptions) {
    this.#database = new PostgresDatabase(parseOptions(schema, options, 'PostgresAuditStore'));
    const head = this.#database.table('audit_head');
    this.#readText = `SELECT seq, hash FROM ${head}`;
    this.#lockText = `${this.#readText} FOR UPDATE`;
    this.#moveText = `UPDATE ${head} SET seq = $1, hash = $2`;
    this.#insertText = `INSERT INTO ${this.#database.table('audit')} (seq, previous_hash, hash, entry)
      SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::json[])`;
  }

  async append(link: (head: AuditHead) => readonly AuditRow[]): Promise<void> {
    await this.#call(() =>
      this.#database.transaction(async (transaction) => {
        const [head] = await transaction.query(this.#lockText);
        await this.#insert(transaction, link(toAuditHead(head)));
      }),
    );
  }

  async head(): Promise<AuditHead> {
    return this.#call(async () => toAuditHead((await this.#database.query(this.#readText))[0]));
  }

  async read(query: AuditRowQuery): Promise<readonly AuditRow[]> {
    const table = { name: this.#database.table('audit'), entry: 'entry::text' };
    const { sql, values } = selectAuditRows(table, query);
    return this.#call(async () => (await this.#database.query(numberPlaces(sql), values)).map(toAuditRow));
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  async #insert(transaction: PostgresTransaction, rows: readonly AuditRow[]): Promise<void> {
    const last = rows.at(-1);
    if (last === undefined) return;
    await transaction.query(this.#insertText, [
      rows.map(({ seq }) => seq),
      rows.map(({ previousHash }) => previousHash),
      rows.map(({ hash }) => hash),
      rows.map(({ entry }) => entry),
    ]);
    await transaction.query(this.#moveText, [last.seq, last.hash]);
  }

  async #call<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      await this.#database.migrate('audit', AUDIT_MIGRATIONS);
      return await work();
    } catch (error) {
      if (!PostgresError.is(error)) throw error;
      throw new StorageError(StorageErrorCode.STORAGE_UNAVAILABLE, error.message, { cause: error });
    }
  }
}
