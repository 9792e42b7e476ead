import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Statements kept; one more drops the oldest. An app asks in a few dozen ways. */
const MAX_STATEMENTS = 200;

/** Prepared statements by their text, for those whose text depends on what is asked. */
export class StatementCache {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const [oldest] = this.#statements.keys();
    if (oldest !== undefined && this.#statements.size >= MAX_STATEMENTS) this.#statements.delete(oldest);
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
