import { COUNTED_COLUMNS, CountScope } from '@townkrier/storage';
import type { PostgresDatabase } from '../postgres-database.ts';

/** Rows that each counter is spread over, by connection. */
const SLOTS = 16;
const KEY = 'scope, value, start, channel, status, reached';
const MS_PER_DAY = 86_400_000;
const MS_PER_HOUR = 3_600_000;

/** Counters of rows. Every statement that changes rows changes these in itself, as its last step and in the order of their keys, so that no two wait in a circle. */
export class LogCounts {
  readonly #database: PostgresDatabase;
  readonly #table: string;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#table = database.table('log_counts');
  }

  /**
   * The step of a statement that counts what it changed.
   *
   * @param changes - Queries for the counted columns of rows and `by`, 1 for what a row is now and −1 for what it was.
   */
  addFrom(changes: readonly string[]): string {
    return `INSERT INTO ${this.#table} AS counter (${KEY}, slot, n)
      SELECT ${KEY}, pg_backend_pid() % ${SLOTS}, sum(by)
      FROM (${changes.join(' UNION ALL ')}) AS changes (${COUNTED_COLUMNS.join(', ')}, by)
      CROSS JOIN LATERAL (VALUES
        ('${CountScope.ALL}', '', 0),
        ('${CountScope.DAY}', '', ${startOf(MS_PER_DAY)}),
        ('${CountScope.HOUR}', '', ${startOf(MS_PER_HOUR)}),
        ('${CountScope.TYPE}', notification_type, 0),
        ('${CountScope.PROVIDER}', provider, 0)
      ) AS counted (scope, value, start)
      WHERE value IS NOT NULL
      GROUP BY ${KEY} HAVING sum(by) <> 0 ORDER BY ${KEY}
      ON CONFLICT (${KEY}, slot) DO UPDATE SET n = counter.n + EXCLUDED.n`;
  }

  /** Forgets the counters of days and hours that began before a moment and have no rows any more. */
  async prune(before: number): Promise<void> {
    await this.#database.query(
      `WITH old AS (
        SELECT ${KEY}, slot, n FROM ${this.#table}
        WHERE scope IN ('${CountScope.DAY}', '${CountScope.HOUR}') AND value = '' AND start < $1 ORDER BY ${KEY}, slot FOR UPDATE
      ), empty AS (
        SELECT ${KEY} FROM old GROUP BY ${KEY} HAVING sum(n) = 0
      )
      DELETE FROM ${this.#table} AS counter USING empty, old
      WHERE (${columnsOf('counter')}) = (${columnsOf('empty')}) AND (${columnsOf('old')}) = (${columnsOf('empty')}) AND counter.slot = old.slot`,
      [before],
    );
  }
}

/** The start of the span that the creation falls into, also before 1970. */
function startOf(span: number): string {
  return `created_at - (created_at % ${span} + ${span}) % ${span}`;
}

function columnsOf(table: string): string {
  return KEY.split(', ')
    .map((column) => `${table}.${column}`)
    .join(', ');
}
