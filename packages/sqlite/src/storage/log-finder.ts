import {
  type ColumnValue,
  CountScope,
  fromLogRow,
  type LogCount,
  type LogPage,
  type LogQuery,
  type NotificationLog,
  toStorableText,
} from '@townkrier/storage';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { hasDates, type LogCounts, statusesOf, sumOf } from './log-counts.ts';
import { StatementCache } from './statement-cache.ts';

/** Segments that one statement merges; with more, the rows are walked in the order of creation instead. */
const MOST_MERGED = 30;

/** How far a walk goes beyond what was to be expected, in times and in rows, before it is given up. */
const WALKED_TIMES_EXPECTED = 4;
const WALKED_BESIDES = 1000;

/** The fields besides channel and status that a query may name a value of, those with the fewest rows a value first, and their indexes. */
const DIMENSIONS = [
  { field: 'notificationId', column: 'notification_id', index: 'townkrier_logs_notification' },
  { field: 'jobId', column: 'job_id', index: 'townkrier_logs_job' },
  { field: 'recipientHash', column: 'recipient_hash', index: 'townkrier_logs_recipient' },
  {
    field: 'notificationType',
    column: 'notification_type',
    index: 'townkrier_logs_type',
    scope: CountScope.TYPE,
  },
  { field: 'provider', column: 'provider', index: 'townkrier_logs_provider', scope: CountScope.PROVIDER },
] as const;
type Dimension = (typeof DIMENSIONS)[number];

/** What a row is filtered by. */
const FILTERED = ['channel', 'status', ...DIMENSIONS.map(({ column }) => column), 'created_at'];

/** The columns a list can be sorted by, and their indexes. */
const ORDERS = {
  createdAt: { column: 'created_at', index: 'townkrier_logs_created', isAlwaysSet: true },
  updatedAt: { column: 'updated_at', index: 'townkrier_logs_updated', isAlwaysSet: true },
  sentAt: { column: 'sent_at', index: 'townkrier_logs_sent', isAlwaysSet: false },
  deliveredAt: { column: 'delivered_at', index: 'townkrier_logs_delivered', isAlwaysSet: false },
  failedAt: { column: 'failed_at', index: 'townkrier_logs_failed', isAlwaysSet: false },
} as const;

interface Condition {
  readonly sql: string;
  readonly values: readonly ColumnValue[];
}

/** A query, and what its answer is made with. */
interface Search {
  readonly query: LogQuery;
  readonly total: number;
  readonly conditions: readonly Condition[];
  /** The dimension whose index is read, if the query names one. */
  readonly dimension: Dimension | undefined;
}

/**
 * Finds rows along indexes. With n rows, a page costs its offset and itself, whatever n is, in the order of creation for any of channel, statuses, dates and one
 * of notification, job, recipient, type and provider; and in another order without a filter. What reads more:
 *
 * - a filter and another order: at worst all rows that match, which are sorted;
 * - a type or a provider with a channel or a status that few of its rows have, or two or more of the five: the rows of one of them, in an index;
 * - the total by one of the five (by type and provider only together with dates): its rows are counted along the index.
 */
export class LogFinder {
  readonly #database: SqliteDatabase;
  readonly #counts: LogCounts;
  readonly #statements: StatementCache;
  readonly #bySeq;
  readonly #byId;
  readonly #byKey;

  constructor(database: SqliteDatabase, counts: LogCounts) {
    const { connection } = database;
    this.#database = database;
    this.#counts = counts;
    this.#statements = new StatementCache(connection);
    this.#bySeq = connection.prepare('SELECT * FROM townkrier_logs WHERE seq = ?');
    this.#byId = connection.prepare('SELECT * FROM townkrier_logs WHERE id = ?');
    this.#byKey = connection.prepare('SELECT * FROM townkrier_logs WHERE idempotency_key = ?');
  }

  get(id: string): NotificationLog | null {
    const row = this.#database.read(() => this.#byId.get(toStorableText(id)));
    return row === undefined ? null : fromLogRow(row);
  }

  getByIdempotencyKey(key: string): NotificationLog | null {
    const row = this.#database.read(() => this.#byKey.get(toStorableText(key)));
    return row === undefined ? null : fromLogRow(row);
  }

  find(query: LogQuery): LogPage {
    return this.#database.read(() => {
      const dimensions = DIMENSIONS.filter(({ field }) => query[field] !== undefined);
      const [dimension] = dimensions;
      const conditions = conditionsOf(query);
      const total = this.#total(query, dimensions, conditions);
      if (query.offset >= total) return { logs: [], total };
      const seqs = this.#seqsOf({ query, total, conditions, dimension });
      return { logs: seqs.map((seq) => fromLogRow(this.#bySeq.get(seq) ?? {})), total };
    });
  }

  #total(query: LogQuery, dimensions: readonly Dimension[], conditions: readonly Condition[]): number {
    const [dimension, ...others] = dimensions;
    if (dimension === undefined) return sumOf(this.#counts.select(query));
    if (others.length === 0 && 'scope' in dimension && !hasDates(query)) {
      const value = toStorableText(query[dimension.field] ?? '');
      return sumOf(this.#counts.selectOf(dimension.scope, value, query));
    }
    return this.#count(dimension.index, conditions);
  }

  #seqsOf(search: Search): number[] {
    const { query, conditions, dimension } = search;
    const { column, index, isAlwaysSet } = ORDERS[query.sortBy];
    if (query.sortBy === 'createdAt') {
      if (dimension !== undefined) return this.#walk(dimension.index, search);
      const segments =
        query.channel === undefined && query.status === undefined ? [] : this.#segmentsOf(query);
      const isMerged = segments.length > 0 && segments.length <= MOST_MERGED;
      return isMerged ? this.#merge(segments, query) : this.#walk(index, search);
    }
    if (conditions.length > 0) return this.#walkAWhile(search) ?? this.#collect(search);
    return isAlwaysSet ? this.#walk(index, search) : this.#walkThenLacking(column, index, search);
  }

  /** The kinds of rows that match, by channel, status and what was reached. */
  #segmentsOf({ channel, status }: LogQuery): LogCount[] {
    return this.#counts.select({ ...(channel && { channel }), ...(status && { status }) });
  }

  /**
   * A page along the index of its order, passing over rows that do not match, if that looks cheaper than sorting those that do; `null` when it does not, or
   * when the page is not full after several times as many rows as were to be expected.
   */
  #walkAWhile({ query, total, conditions, dimension }: Search): number[] | null {
    const { column, index } = ORDERS[query.sortBy];
    const candidates = dimension === undefined ? total : this.#sizeOf(dimension, query);
    const expected = ((query.offset + query.limit) * sumOf(this.#counts.select({}))) / total;
    if (expected >= candidates) return null;
    const order = `ORDER BY ${column} ${query.sortOrder}, id ${query.sortOrder}`;
    const walked = `SELECT seq, id, ${column}, ${FILTERED.join(', ')} FROM townkrier_logs INDEXED BY ${index} WHERE ${column} IS NOT NULL ${order} LIMIT ?`;
    const sql = `SELECT seq FROM (${walked}) WHERE ${allOf(conditions)} ${order} LIMIT ? OFFSET ?`;
    const most = Math.ceil(expected * WALKED_TIMES_EXPECTED) + WALKED_BESIDES;
    const seqs = this.#select(sql, [most, ...valuesOf(conditions)], query);
    return seqs.length === query.limit ? seqs : null;
  }

  /** How many rows have the value the query names; of a notification, a job or a recipient there are few. */
  #sizeOf(dimension: Dimension, query: LogQuery): number {
    if (!('scope' in dimension)) return 0;
    return sumOf(this.#counts.selectOf(dimension.scope, toStorableText(query[dimension.field] ?? ''), {}));
  }

  /** A page out of several runs of the index of segments, each of which is in order: they are merged as far as the page reaches. */
  #merge(segments: readonly LogCount[], query: LogQuery): number[] {
    const dates = dateConditions(query);
    const run = `SELECT seq, created_at, id FROM townkrier_logs INDEXED BY townkrier_logs_segment WHERE ${allOf([{ sql: 'channel = ? AND status = ? AND reached = ?', values: [] }, ...dates])}`;
    const runs = segments.map(() => run).join(' UNION ALL ');
    const values = segments.flatMap(({ channel, status, reached }) => [
      channel,
      status,
      reached,
      ...valuesOf(dates),
    ]);
    const order = `ORDER BY created_at ${query.sortOrder}, id ${query.sortOrder}`;
    return this.#select(`SELECT seq FROM (${runs} ${order} LIMIT ? OFFSET ?)`, values, query);
  }

  /** A page along an index that is in the order wanted, leaving out what does not match. */
  #walk(index: string, { query, conditions }: Search): number[] {
    const { column } = ORDERS[query.sortBy];
    const order = `ORDER BY ${column} ${query.sortOrder}, id ${query.sortOrder}`;
    const sql = `SELECT seq FROM townkrier_logs INDEXED BY ${index} WHERE ${allOf(conditions)} ${order} LIMIT ? OFFSET ?`;
    return this.#select(sql, valuesOf(conditions), query);
  }

  /** Rows that lack the moment come last, and are read only when the others do not fill the page. */
  #walkThenLacking(column: string, index: string, search: Search): number[] {
    const { query } = search;
    const present = [{ sql: `${column} IS NOT NULL`, values: [] }];
    const seqs = this.#walk(index, { ...search, conditions: present });
    if (seqs.length === query.limit) return seqs;
    const skipped = seqs.length > 0 ? query.offset : this.#count(index, present);
    const sql = `SELECT seq FROM townkrier_logs WHERE ${column} IS NULL ORDER BY id ${query.sortOrder} LIMIT ? OFFSET ?`;
    const page = { limit: query.limit - seqs.length, offset: Math.max(0, query.offset - skipped) };
    return [...seqs, ...this.#select(sql, [], page)];
  }

  /** All that match, sorted; their numbers only, not the rows with their content. Rows that lack the moment come last. */
  #collect({ query, conditions, dimension }: Search): number[] {
    const { column } = ORDERS[query.sortBy];
    const isBySegment =
      dimension === undefined && (query.channel !== undefined || query.status !== undefined);
    const index = dimension?.index ?? (isBySegment ? 'townkrier_logs_segment' : ORDERS.createdAt.index);
    const all = isBySegment ? [...conditions, ...segmentConditions(this.#segmentsOf(query))] : conditions;
    const order = `ORDER BY ${column} IS NULL, ${column} ${query.sortOrder}, id ${query.sortOrder}`;
    const sql = `SELECT seq FROM townkrier_logs INDEXED BY ${index} WHERE ${allOf(all)} ${order} LIMIT ? OFFSET ?`;
    return this.#select(sql, valuesOf(all), query);
  }

  #count(index: string, conditions: readonly Condition[]): number {
    const sql = `SELECT count(*) AS total FROM townkrier_logs INDEXED BY ${index} WHERE ${allOf(conditions)}`;
    return Number(this.#statements.prepare(sql).get(...valuesOf(conditions))?.['total'] ?? 0);
  }

  #select(
    sql: string,
    values: readonly ColumnValue[],
    { limit, offset }: Pick<LogQuery, 'limit' | 'offset'>,
  ): number[] {
    return this.#statements
      .prepare(sql)
      .all(...values, limit, offset)
      .map(({ seq }) => Number(seq));
  }
}

function conditionsOf(query: LogQuery): Condition[] {
  const statuses = statusesOf(query);
  return [
    ...DIMENSIONS.flatMap(({ field, column }) => equal(column, query[field])),
    ...equal('channel', query.channel),
    ...(statuses === null ? [] : [oneOf('status', statuses)]),
    ...dateConditions(query),
  ];
}

function dateConditions({ startDate, endDate }: LogQuery): Condition[] {
  return [
    ...(startDate === undefined ? [] : [{ sql: 'created_at >= ?', values: [startDate.getTime()] }]),
    ...(endDate === undefined ? [] : [{ sql: 'created_at <= ?', values: [endDate.getTime()] }]),
  ];
}

/** What the rows of some segments have in each column of the index: with it the index is read in a few runs. */
function segmentConditions(segments: readonly LogCount[]): Condition[] {
  return (['channel', 'status', 'reached'] as const).map((column) =>
    oneOf(column, [...new Set(segments.map((segment) => segment[column]))]),
  );
}

function equal(column: string, value: string | undefined): Condition[] {
  return value === undefined ? [] : [{ sql: `${column} = ?`, values: [toStorableText(value)] }];
}

function oneOf(column: string, values: readonly string[]): Condition {
  return { sql: `${column} IN (${values.map(() => '?').join(', ')})`, values };
}

function allOf(conditions: readonly Condition[]): string {
  return conditions.length === 0 ? 'TRUE' : conditions.map(({ sql }) => sql).join(' AND ');
}

function valuesOf(conditions: readonly Condition[]): ColumnValue[] {
  return conditions.flatMap(({ values }) => values);
}
