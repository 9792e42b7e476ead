import {
  countLogs,
  fromLogRow,
  type LogCount,
  type LogPage,
  type LogQuery,
  type LogTables,
  type NotificationLog,
  runStepsAsync,
  type SqlStatement,
  type SqlSteps,
  type StatsFilters,
  searchLogs,
} from '@townkrier/storage';
import type { PostgresDatabase, PostgresTransaction } from '../postgres-database.ts';
import { numberPlaces } from './number-places.ts';
import { RowReads } from './row-reads.ts';

/** One state of the database for all statements of a transaction. */
const ON_ONE_STATE = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY';

/** Finds and counts rows. */
export class LogFinder {
  readonly #database: PostgresDatabase;
  readonly #tables: LogTables;
  readonly #logs: string;
  readonly #byId: RowReads;
  readonly #byKey: RowReads;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#logs = database.table('logs');
    this.#byId = new RowReads(database, 'id');
    this.#byKey = new RowReads(database, 'idempotency_key');
    this.#tables = {
      logs: this.#logs,
      counts: database.table('log_counts'),
      indexedBy: () => '',
      limitsRuns: true,
    };
  }

  async get(id: string): Promise<NotificationLog | null> {
    return this.#byId.read(id);
  }

  async getByIdempotencyKey(key: string): Promise<NotificationLog | null> {
    return this.#byKey.read(key);
  }

  /** A page; `searchLogs` says what it costs. */
  async find(query: LogQuery): Promise<LogPage> {
    return this.#onOneState(async (transaction) => {
      const { seqs, total } = await run(transaction, searchLogs(this.#tables, query));
      if (seqs.length === 0) return { logs: [], total };
      const text = `SELECT logs.* FROM unnest($1::bigint[]) WITH ORDINALITY AS page (seq, place) JOIN ${this.#logs} AS logs USING (seq) ORDER BY place`;
      const rows = await transaction.query<object>(text, [seqs]);
      return { logs: rows.map(fromLogRow), total };
    });
  }

  async count(filters: StatsFilters): Promise<readonly LogCount[]> {
    return this.#onOneState((transaction) => run(transaction, countLogs(this.#tables, filters)));
  }

  #onOneState<Result>(work: (transaction: PostgresTransaction) => Promise<Result>): Promise<Result> {
    return this.#database.transaction(async (transaction) => {
      await transaction.query(ON_ONE_STATE);
      return work(transaction);
    });
  }
}

function run<Result>(transaction: PostgresTransaction, steps: SqlSteps<Result>): Promise<Result> {
  return runStepsAsync(steps, ({ sql, values }: SqlStatement) =>
    transaction.query<object>(numberPlaces(sql), values),
  );
}
