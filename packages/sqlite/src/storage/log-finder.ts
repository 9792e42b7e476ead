import {
  countLogs,
  fromLogRow,
  type LogCount,
  type LogPage,
  type LogQuery,
  type LogTables,
  type NotificationLog,
  runSteps,
  type SqlSteps,
  type StatsFilters,
  searchLogs,
} from '@townkrier/storage';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { StatementCache } from './statement-cache.ts';

/** SQLite keeps no statistics unless told to, so it is told which index to use. */
const TABLES: LogTables = {
  logs: 'townkrier_logs',
  counts: 'townkrier_log_counts',
  indexedBy: (index) => `INDEXED BY townkrier_logs_${index}`,
  limitsRuns: false,
};

/** Finds and counts rows, each time on one consistent state of the file. */
export class LogFinder {
  readonly #database: SqliteDatabase;
  readonly #statements: StatementCache;
  readonly #bySeq;
  readonly #byId;
  readonly #byKey;

  constructor(database: SqliteDatabase) {
    const { connection } = database;
    this.#database = database;
    this.#statements = new StatementCache(connection);
    this.#bySeq = connection.prepare('SELECT * FROM townkrier_logs WHERE seq = ?');
    this.#byId = connection.prepare('SELECT * FROM townkrier_logs WHERE id = ?');
    this.#byKey = connection.prepare('SELECT * FROM townkrier_logs WHERE idempotency_key = ?');
  }

  get(id: string): NotificationLog | null {
    const row = this.#database.read(() => this.#byId.get(id));
    return row === undefined ? null : fromLogRow(row);
  }

  getByIdempotencyKey(key: string): NotificationLog | null {
    const row = this.#database.read(() => this.#byKey.get(key));
    return row === undefined ? null : fromLogRow(row);
  }

  /** A page; `searchLogs` says what it costs. */
  find(query: LogQuery): LogPage {
    return this.#database.read(() => {
      const { seqs, total } = this.#run(searchLogs(TABLES, query));
      return { logs: seqs.map((seq) => fromLogRow(this.#bySeq.get(seq) ?? {})), total };
    });
  }

  count(filters: StatsFilters): LogCount[] {
    return this.#database.read(() => this.#run(countLogs(TABLES, filters)));
  }

  #run<Result>(steps: SqlSteps<Result>): Result {
    return runSteps(steps, ({ sql, values }) => this.#statements.prepare(sql).all(...values));
  }
}
