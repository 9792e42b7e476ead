import type { DatabaseSync } from 'node:sqlite';
import {
  CountScope,
  coverRange,
  type LogCount,
  type LogCountChanges,
  type LogQuery,
  type NotificationLogStatus,
} from '@townkrier/storage';

/** What narrows a count. */
export type CountFilters = Pick<LogQuery, 'channel' | 'status' | 'startDate' | 'endDate'>;

const SELECT_COUNTS =
  'SELECT channel, status, reached, sum(n) AS count FROM townkrier_log_counts WHERE scope = ? AND value = ?';

/** How many rows there are of each kind, kept in the transactions that change the rows, so that nothing is counted by reading the log. */
export class LogCounts {
  readonly #add;
  readonly #drop;
  readonly #ofScope;
  readonly #ofSpan;
  readonly #atEdge;

  constructor(connection: DatabaseSync) {
    const key = 'scope = ? AND value = ? AND start = ? AND channel = ? AND status = ? AND reached = ?';
    this.#add = connection.prepare(
      'INSERT INTO townkrier_log_counts VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n',
    );
    this.#drop = connection.prepare(`DELETE FROM townkrier_log_counts WHERE ${key} AND n = 0`);
    this.#ofScope = connection.prepare(`${SELECT_COUNTS} GROUP BY channel, status, reached`);
    this.#ofSpan = connection.prepare(
      `${SELECT_COUNTS} AND start >= ? AND start < ? GROUP BY channel, status, reached`,
    );
    this.#atEdge = connection.prepare(
      `SELECT channel, status, reached, (
         SELECT count(*) FROM townkrier_logs AS logs INDEXED BY townkrier_logs_segment
         WHERE logs.channel = counts.channel AND logs.status = counts.status AND logs.reached = counts.reached
           AND logs.created_at >= ? AND logs.created_at < ?
       ) AS count
       FROM townkrier_log_counts AS counts WHERE scope = 'all'`,
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

  /** The counts that match; those between two dates may come in several pieces. */
  select(filters: CountFilters): LogCount[] {
    return only(filters, hasDates(filters) ? this.#between(filters) : this.#all(CountScope.ALL, ''));
  }

  /** The counts of the rows with a type or a provider that match. Not by dates. */
  selectOf(scope: 'type' | 'provider', value: string, filters: Omit<CountFilters, 'startDate' | 'endDate'>) {
    return only(filters, this.#all(scope, value));
  }

  #all(scope: CountScope, value: string): LogCount[] {
    return asCounts(this.#ofScope.all(scope, value));
  }

  #between(filters: CountFilters): LogCount[] {
    const { counted, edges } = coverRange(filters);
    return [
      ...counted.flatMap(({ scope, from, to }) => asCounts(this.#ofSpan.all(scope, '', from, to))),
      ...edges.flatMap(({ from, to }) => asCounts(this.#atEdge.all(from, to))),
    ];
  }
}

/** How many rows counts make together. */
export function sumOf(counts: readonly LogCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

/** Whether a filter names a moment of creation. */
export function hasDates({ startDate, endDate }: CountFilters): boolean {
  return startDate !== undefined || endDate !== undefined;
}

/** The statuses a filter names; `null` when it names none. */
export function statusesOf({
  status,
}: Pick<CountFilters, 'status'>): readonly NotificationLogStatus[] | null {
  return status === undefined ? null : [...new Set([status].flat())];
}

function only(filters: CountFilters, counts: readonly LogCount[]): LogCount[] {
  const statuses = statusesOf(filters);
  return counts.filter(
    ({ channel, status }) =>
      channel === (filters.channel ?? channel) && (statuses === null || statuses.includes(status)),
  );
}

/** Only this package writes the table, so its rows are what they seem. */
function asCounts(rows: readonly unknown[]): LogCount[] {
  return rows as LogCount[];
}
