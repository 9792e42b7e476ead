import {
  COUNTED_COLUMNS,
  type ColumnValue,
  LOG_COLUMNS,
  type LogColumn,
  type SaveWrite,
  type UpdateWrite,
} from '@townkrier/storage';
import { expectFew } from '../few-rows.ts';
import type { PostgresDatabase } from '../postgres-database.ts';
import type { LogCounts } from './log-counts.ts';

/** How the columns are passed, all rows of one column together. */
const ARRAY_TYPES = { text: 'text[]', integer: 'bigint[]', moment: 'bigint[]', json: 'json[]' } as const;
const CHANGEABLE = LOG_COLUMNS.filter(({ field }) => field !== 'id' && field !== 'createdAt');
const COUNTED = COUNTED_COLUMNS.join(', ');
const NAMES = LOG_COLUMNS.map(({ column }) => column);

/** Writes that one statement can do: rows to insert, and changes of rows that are there, each of another. */
export interface WriteStep {
  readonly saves: readonly SaveWrite[];
  readonly updates: readonly UpdateWrite[];
}

/** The statements that write rows and count them: for new rows, for changes, and for both together. They never change, so that they can be prepared. */
export class WriteStatements {
  readonly #insert: string;
  readonly #change: string;
  readonly #both: string;

  constructor(database: PostgresDatabase, counts: LogCounts) {
    const insert = insertSteps(database, 1);
    const change = changeSteps(database, 1);
    const changeBehind = changeSteps(database, 1 + LOG_COLUMNS.length);
    this.#insert = `WITH ${insert}, counted AS (${counts.addFrom([SAVED])}) SELECT NULL WHERE FALSE`;
    this.#change = `WITH ${change}, counted AS (${counts.addFrom(CHANGED)}) SELECT * FROM updated`;
    this.#both = `WITH ${insert}, ${changeBehind}, counted AS (${counts.addFrom([SAVED, ...CHANGED])}) SELECT * FROM updated`;
  }

  /** The statement for a step; it gives the changed rows. */
  of(step: WriteStep): { readonly text: string; readonly values: unknown[] } {
    if (step.updates.length === 0) return { text: this.#insert, values: insertValues(step.saves) };
    const changes = changeValues(step.updates);
    if (step.saves.length === 0) return { text: this.#change, values: changes };
    return { text: this.#both, values: [...insertValues(step.saves), ...changes] };
  }
}

const SAVED = `SELECT ${COUNTED}, 1 FROM saved`;
const CHANGED = [
  `SELECT ${COUNTED}, 1 FROM updated`,
  `SELECT ${COUNTED_COLUMNS.map((column) => `${column}_before`).join(', ')}, -1 FROM updated`,
];

function insertSteps(database: PostgresDatabase, firstParameter: number): string {
  const arrays = LOG_COLUMNS.map(({ kind }, index) => `$${firstParameter + index}::${ARRAY_TYPES[kind]}`);
  return `given AS (SELECT * FROM unnest(${arrays.join(', ')}) AS given (${NAMES.join(', ')})),
    saved AS (
      INSERT INTO ${database.table('logs')} (${NAMES.join(', ')}) SELECT * FROM given ORDER BY idempotency_key, id
      RETURNING ${COUNTED}
    )`;
}

/**
 * A row is locked before it is changed, in an order that is the same everywhere, and what it was counted as is read then. Which columns change is a bit of the
 * mask each.
 */
function changeSteps(database: PostgresDatabase, firstParameter: number): string {
  const logs = database.table('logs');
  const arrays = CHANGEABLE.map(({ kind }, index) => `$${firstParameter + 2 + index}::${ARRAY_TYPES[kind]}`);
  const names = CHANGEABLE.map(({ column }) => column);
  const given = names.map((name) => `${name}_given`);
  const before = COUNTED_COLUMNS.map((column) => `${column}_before`);
  const assignments = names.map(
    (name, bit) => `${name} = CASE WHEN mask & ${2 ** bit} <> 0 THEN ${name}_given ELSE ${name} END`,
  );
  return `patch AS (
      SELECT * FROM unnest($${firstParameter}::text[], $${firstParameter + 1}::bigint[], ${arrays.join(', ')}) AS patch (id, mask, ${given.join(', ')})
    ),
    wanted AS (
      SELECT log.seq AS wanted_seq, ${COUNTED_COLUMNS.map((column) => `log.${column} AS ${column}_before`).join(', ')}, mask, ${given.join(', ')}
      FROM patch JOIN ${logs} AS log USING (id) WHERE ${expectFew('mask')} ORDER BY log.id FOR UPDATE OF log
    ),
    updated AS (
      UPDATE ${logs} AS log SET ${assignments.join(', ')}
      FROM wanted WHERE seq = wanted_seq
      RETURNING log.*, ${before.join(', ')}
    )`;
}

function insertValues(saves: readonly SaveWrite[]): unknown[] {
  const rows = saves.flatMap(({ logs }) => logs);
  return LOG_COLUMNS.map((_, index) => rows.map(({ values }) => values[index] ?? null));
}

function changeValues(updates: readonly UpdateWrite[]): unknown[] {
  return [
    updates.map(({ id }) => id),
    updates.map(({ changes }) => maskOf(changes)),
    ...CHANGEABLE.map((column) => updates.map(({ changes }) => changes.get(column) ?? null)),
  ];
}

function maskOf(changes: ReadonlyMap<LogColumn, ColumnValue>): number {
  return CHANGEABLE.reduce((mask, column, bit) => mask + (changes.has(column) ? 2 ** bit : 0), 0);
}
