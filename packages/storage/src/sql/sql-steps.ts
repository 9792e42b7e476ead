import type { ColumnValue } from './log-columns.ts';

/** A statement with `?` in the places of its values. */
export interface SqlStatement {
  readonly sql: string;
  readonly values: readonly ColumnValue[];
}

/**
 * Statements asked one after the other, each when the rows of the one before are known, and what is made of them. Whoever runs them may wait in between or
 * not, and runs all of them on one state of the database.
 */
export type SqlSteps<Result> = Generator<SqlStatement, Result, readonly object[]>;

/** What the statements need to know about a database. Columns are those of `LOG_COLUMNS`, and `seq`, a number of each row, and `reached`. */
export interface LogTables {
  /** The table of rows, as it stands in SQL. */
  readonly logs: string;
  /** The table of counters: `scope`, `value`, `start`, `channel`, `status`, `reached`, `n`; there may be several rows for one counter. */
  readonly counts: string;
  /** What is said behind the table to have an index used; empty where the database cannot be told. */
  indexedBy(index: LogIndex): string;
  /** Whether each of several sorted queries has to be told how many rows are wanted of it, because the database does not see that from their union. */
  readonly limitsRuns: boolean;
}

/** What rows can be found by without reading others. */
export type LogIndex =
  | 'created'
  | 'updated'
  | 'sent'
  | 'delivered'
  | 'failed'
  /** Channel, status, what was reached, creation. */
  | 'segment'
  | 'type'
  | 'provider'
  | 'recipient'
  | 'notification'
  | 'job';

/** Some conditions, and their values in order. */
export function allOf(conditions: readonly SqlStatement[]): SqlStatement {
  if (conditions.length === 0) return { sql: 'TRUE', values: [] };
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    values: conditions.flatMap(({ values }) => values),
  };
}

/** Runs steps where statements are answered at once. */
export function runSteps<Result>(
  steps: SqlSteps<Result>,
  run: (statement: SqlStatement) => readonly object[],
): Result {
  let step = steps.next([]);
  while (!step.done) step = steps.next(run(step.value));
  return step.value;
}

/** Runs steps where statements have to be waited for. */
export async function runStepsAsync<Result>(
  steps: SqlSteps<Result>,
  run: (statement: SqlStatement) => Promise<readonly object[]>,
): Promise<Result> {
  let step = steps.next([]);
  while (!step.done) step = steps.next(await run(step.value));
  return step.value;
}
