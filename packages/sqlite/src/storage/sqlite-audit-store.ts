import { parseOptions, TownKrierError } from '@townkrier/core';
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
import { SqliteDatabase } from '../sqlite-database.ts';
import { SqliteErrorCode } from '../sqlite-errors.ts';
import { type SqliteFileOptions, sqliteFileShape } from '../sqlite-options.ts';
import { AUDIT_MIGRATIONS } from './audit-schema.ts';
import { StatementCache } from './statement-cache.ts';

const schema = z.strictObject(sqliteFileShape);
const TABLE = { name: 'townkrier_audit', entry: 'entry' } as const;

/**
 * Keeps an audit log in a SQLite file, which several processes of one machine may share, also with queue and delivery log. Better in a file of its own, which fewer people
 * need to write to.
 *
 * What the database throws becomes `STORAGE_UNAVAILABLE` with the `SqliteError` as its cause.
 *
 * @example
 * const auditLog = new AuditLog(new SqliteAuditStore({ file: 'audit.db' }));
 */
export class SqliteAuditStore implements AuditStore {
  readonly #database: SqliteDatabase;
  readonly #statements: StatementCache;

  /**
   * Opens the file, or makes it.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, naming key and value.
   * @throws {SqliteError} `SQLITE_MISSING`, `SQLITE_CANNOT_OPEN`, `SQLITE_SCHEMA_TOO_NEW`, `SQLITE_CORRUPT`.
   */
  constructor(options: SqliteFileOptions) {
    this.#database = new SqliteDatabase(parseOptions(schema, options, 'SqliteAuditStore'));
    this.#statements = new StatementCache(this.#database.connection);
    try {
      this.#database.migrate('audit', AUDIT_MIGRATIONS);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  async append(link: (head: AuditHead) => readonly AuditRow[]): Promise<void> {
    await this.#translated(() => this.#database.write(() => this.#insert(link(this.#readHead()))));
  }

  async head(): Promise<AuditHead> {
    return this.#translated(() => this.#database.read(() => this.#readHead()));
  }

  async read(query: AuditRowQuery): Promise<readonly AuditRow[]> {
    const { sql, values } = selectAuditRows(TABLE, query);
    return this.#translated(() =>
      this.#database.read(() =>
        this.#statements
          .prepare(sql)
          .all(...values)
          .map(toAuditRow),
      ),
    );
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #readHead(): AuditHead {
    return toAuditHead(this.#statements.prepare('SELECT seq, hash FROM townkrier_audit_head').get());
  }

  #insert(rows: readonly AuditRow[]): void {
    const insert = this.#statements.prepare(
      'INSERT INTO townkrier_audit (seq, previous_hash, hash, entry) VALUES (?, ?, ?, ?)',
    );
    for (const { seq, previousHash, hash, entry } of rows) insert.run(seq, previousHash, hash, entry);
    const last = rows.at(-1);
    if (last === undefined) return;
    this.#statements.prepare('UPDATE townkrier_audit_head SET seq = ?, hash = ?').run(last.seq, last.hash);
  }

  async #translated<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const isOfDatabase = TownKrierError.is(error) && Object.hasOwn(SqliteErrorCode, error.code);
      if (!isOfDatabase) throw error;
      throw new StorageError(StorageErrorCode.STORAGE_UNAVAILABLE, error.message, { cause: error });
    }
  }
}
