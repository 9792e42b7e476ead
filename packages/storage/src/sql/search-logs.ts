import type { LogCount } from '../log-statistics.ts';
import type { LogQuery } from '../storage-adapter.ts';
import { countLogs, countLogsOf, hasDates, sumOf } from './count-logs.ts';
import {
  conditionsOf,
  DIMENSIONS,
  type Dimension,
  dateConditions,
  ORDERS,
  segmentConditions,
} from './log-conditions.ts';
import { allOf, type LogIndex, type LogTables, type SqlStatement, type SqlSteps } from './sql-steps.ts';

/** Segments that one statement merges; with more, the rows are walked in the order of creation instead. */
const MOST_MERGED = 30;
/** How far a walk goes beyond what was to be expected, in times and in rows, before it is given up. */
const WALKED_TIMES_EXPECTED = 4;
const WALKED_BESIDES = 1000;

/** What a row is filtered by. */
const FILTERED = ['channel', 'status', ...DIMENSIONS.map(({ column }) => column), 'created_at'];

/** The rows of a page by their `seq`, in order, and how many match in all. */
export interface FoundLogs {
  readonly seqs: readonly number[];
  readonly total: number;
}

/** A query that has rows on its page, and what its answer is made with. */
interface Search {
  readonly tables: LogTables;
  readonly query: LogQuery;
  readonly total: number;
  readonly conditions: readonly SqlStatement[];
  /** The dimension whose index is read, if the query names one. */
  readonly dimension: Dimension | undefined;
}

/**
 * Finds rows along indexes. With n rows, a page costs its offset and itself, whatever n is, in the order of creation for any of channel, statuses, dates and one
 * of notification, job, recipient, type and provider; and in another order without a filter. What reads more:
 *
 * - a filter and another order: at worst all rows that match, which are sorted;
 * - a type or a provider with a channel or a status that few of its rows have, or two or more of the five: the rows of one of them;
 * - the total by one of the five (by type and provider only together with dates): its rows are counted.
 */
export function* searchLogs(tables: LogTables, query: LogQuery): SqlSteps<FoundLogs> {
  const dimensions = DIMENSIONS.filter(({ field }) => query[field] !== undefined);
  const total = yield* totalOf(tables, query, dimensions);
  if (query.offset >= total) return { seqs: [], total };
  const search = { tables, query, total, conditions: conditionsOf(query), dimension: dimensions[0] };
  return { seqs: yield* findPage(search), total };
}

function* totalOf(tables: LogTables, query: LogQuery, dimensions: readonly Dimension[]): SqlSteps<number> {
  const [dimension, ...others] = dimensions;
  if (dimension === undefined) return sumOf(yield* countLogs(tables, query));
  if (others.length === 0 && 'scope' in dimension && !hasDates(query)) {
    return sumOf(yield* countLogsOf(tables, dimension.scope, query[dimension.field] ?? '', query));
  }
  return yield* countRows(tables, dimension.index, conditionsOf(query));
}

function* findPage(search: Search): SqlSteps<number[]> {
  const { query, conditions, dimension } = search;
  if (query.sortBy === 'createdAt') return yield* findByCreation(search);
  if (conditions.length > 0) {
    const candidates = dimension === undefined ? search.total : yield* sizeOf(search, dimension);
    return (yield* walkAWhile(search, candidates)) ?? (yield* collect(search));
  }
  const { index, isAlwaysSet } = ORDERS[query.sortBy];
  return isAlwaysSet ? yield* walk(search, index) : yield* walkThenLacking(search);
}

function* findByCreation(search: Search): SqlSteps<number[]> {
  const { query, dimension } = search;
  if (dimension !== undefined) return yield* walk(search, dimension.index);
  if (isBySegment(query)) {
    const segments = yield* segmentsOf(search);
    if (segments.length <= MOST_MERGED) return yield* merge(search, segments);
  }
  return yield* walk(search, ORDERS.createdAt.index);
}

function isBySegment({ channel, status }: LogQuery): boolean {
  return channel !== undefined || status !== undefined;
}

/** The kinds of rows that match, by channel, status and what was reached. */
function* segmentsOf({ tables, query }: Search): SqlSteps<LogCount[]> {
  const { channel, status } = query;
  return yield* countLogs(tables, { ...(channel && { channel }), ...(status && { status }) });
}

/** How many rows have the value the query names; of a notification, a job or a recipient there are few. */
function* sizeOf({ tables, query }: Search, dimension: Dimension): SqlSteps<number> {
  if (!('scope' in dimension)) return 0;
  return sumOf(yield* countLogsOf(tables, dimension.scope, query[dimension.field] ?? ''));
}

/** A page out of several runs of the index of segments, each of which is in order: they are merged as far as the page reaches. */
function* merge({ tables, query }: Search, segments: readonly LogCount[]): SqlSteps<number[]> {
  const runs = segments.map((segment) => runOf(tables, query, segment));
  const union = runs.map(({ sql }) => sql).join(' UNION ALL ');
  // All columns, because SQLite sorts instead of merging where those of the order are not asked for.
  const sql = `SELECT seq, created_at, id FROM (${union}) AS runs ${orderBy(query)} LIMIT ? OFFSET ?`;
  return yield* seqsOf({ sql, values: runs.flatMap(({ values }) => values) }, query);
}

function runOf(tables: LogTables, query: LogQuery, { channel, status, reached }: LogCount): SqlStatement {
  const segment = { sql: 'channel = ? AND status = ? AND reached = ?', values: [channel, status, reached] };
  const { sql: where, values } = allOf([segment, ...dateConditions(query)]);
  const from = `${tables.logs} ${tables.indexedBy('segment')}`;
  const sql = `SELECT seq, created_at, id FROM ${from} WHERE ${where}`;
  if (!tables.limitsRuns) return { sql, values };
  return { sql: `(${sql} ${orderBy(query)} LIMIT ?)`, values: [...values, query.offset + query.limit] };
}

/** A page along an index that is in the order wanted, leaving out what does not match. */
function* walk({ tables, query, conditions }: Search, index: LogIndex): SqlSteps<number[]> {
  const { sql: where, values } = allOf(conditions);
  const from = `${tables.logs} ${tables.indexedBy(index)}`;
  const sql = `SELECT seq FROM ${from} WHERE ${where} ${orderBy(query)} LIMIT ? OFFSET ?`;
  return yield* seqsOf({ sql, values }, query);
}

/**
 * A page along the index of its order, passing over rows that do not match, if that looks cheaper than sorting the candidates; `null` when it does not, or
 * when the page is not full after several times as many rows as were to be expected.
 */
function* walkAWhile(search: Search, candidates: number): SqlSteps<number[] | null> {
  const { tables, query, total } = search;
  const all = sumOf(yield* countLogs(tables, {}));
  const expected = ((query.offset + query.limit) * all) / total;
  if (expected >= candidates) return null;
  const { column, index } = ORDERS[query.sortBy];
  const columns = ['seq', 'id', column, ...FILTERED].join(', ');
  const from = `${tables.logs} ${tables.indexedBy(index)}`;
  const walked = `SELECT ${columns} FROM ${from} WHERE ${column} IS NOT NULL ${orderBy(query)} LIMIT ?`;
  const { sql: where, values } = allOf(search.conditions);
  const sql = `SELECT seq FROM (${walked}) AS walked WHERE ${where} ${orderBy(query)} LIMIT ? OFFSET ?`;
  const most = Math.ceil(expected * WALKED_TIMES_EXPECTED) + WALKED_BESIDES;
  const seqs = yield* seqsOf({ sql, values: [most, ...values] }, query);
  return seqs.length === query.limit ? seqs : null;
}

/** Rows that lack the moment come last, and are read only when the others do not fill the page. */
function* walkThenLacking(search: Search): SqlSteps<number[]> {
  const { tables, query } = search;
  const { column, index } = ORDERS[query.sortBy];
  const present = [{ sql: `${column} IS NOT NULL`, values: [] }];
  const seqs = yield* walk({ ...search, conditions: present }, index);
  if (seqs.length === query.limit) return seqs;
  const passed = seqs.length > 0 ? query.offset : yield* countRows(tables, index, present);
  const sql = `SELECT seq FROM ${tables.logs} WHERE ${column} IS NULL ORDER BY id ${query.sortOrder} LIMIT ? OFFSET ?`;
  const page = { limit: query.limit - seqs.length, offset: Math.max(0, query.offset - passed) };
  return [...seqs, ...(yield* seqsOf({ sql, values: [] }, page))];
}

/** All that match, sorted; their numbers only, not the rows with their content. Rows that lack the moment come last. */
function* collect(search: Search): SqlSteps<number[]> {
  const { tables, query, conditions, dimension } = search;
  const isSegmented = dimension === undefined && isBySegment(query);
  const segments = isSegmented ? segmentConditions(yield* segmentsOf(search)) : [];
  const index = dimension?.index ?? (isSegmented ? 'segment' : ORDERS.createdAt.index);
  const { sql: where, values } = allOf([...conditions, ...segments]);
  const { column } = ORDERS[query.sortBy];
  const order = `ORDER BY ${column} IS NULL, ${column} ${query.sortOrder}, id ${query.sortOrder}`;
  const from = `${tables.logs} ${tables.indexedBy(index)}`;
  const sql = `SELECT seq FROM ${from} WHERE ${where} ${order} LIMIT ? OFFSET ?`;
  return yield* seqsOf({ sql, values }, query);
}

function* countRows(
  tables: LogTables,
  index: LogIndex,
  conditions: readonly SqlStatement[],
): SqlSteps<number> {
  const { sql: where, values } = allOf(conditions);
  const sql = `SELECT count(*) AS total FROM ${tables.logs} ${tables.indexedBy(index)} WHERE ${where}`;
  const [row] = yield { sql, values };
  return row === undefined ? 0 : Number(Reflect.get(row, 'total'));
}

function* seqsOf(
  { sql, values }: SqlStatement,
  { limit, offset }: Pick<LogQuery, 'limit' | 'offset'>,
): SqlSteps<number[]> {
  const rows = yield { sql, values: [...values, limit, offset] };
  return rows.map((row) => Number(Reflect.get(row, 'seq')));
}

function orderBy({ sortBy, sortOrder }: Pick<LogQuery, 'sortBy' | 'sortOrder'>): string {
  return `ORDER BY ${ORDERS[sortBy].column} ${sortOrder}, id ${sortOrder}`;
}
