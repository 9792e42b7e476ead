import { z } from 'zod';
import type { SqlStatement } from '../sql/sql-steps.ts';
import type { AuditRow } from './audit-chain.ts';
import type { AuditRowQuery } from './audit-store.ts';

/** How a database calls its audit table. */
export interface AuditTable {
  readonly name: string;
  /** The stored text of an entry, as it stands in a SELECT; named `entry` in its rows. */
  readonly entry: string;
}

/**
 * The statement that reads the rows a query asks for; its rows are read by {@link toAuditRow}. The columns it compares are generated from the stored text, so that none can
 * differ from it. For stores on SQL databases.
 */
export function selectAuditRows({ name, entry }: AuditTable, query: AuditRowQuery): SqlStatement {
  const possible = [
    ['actor = ?', query.actor],
    ['action = ?', query.action],
    ['target_kind = ?', query.targetKind],
    ['target_id = ?', query.targetId],
    ['at >= ?', query.from],
    ['at <= ?', query.to],
    [query.order === 'asc' ? 'seq > ?' : 'seq < ?', query.after],
  ] as const;
  const given = possible.flatMap(([condition, value]) => (value === undefined ? [] : [{ condition, value }]));
  const where = given.length === 0 ? '' : ` WHERE ${given.map(({ condition }) => condition).join(' AND ')}`;
  const sql = `SELECT seq, previous_hash, hash, ${entry} FROM ${name}${where} ORDER BY seq ${query.order} LIMIT ?`;
  return { sql, values: [...given.map(({ value }) => value), query.limit] };
}

const rowSchema = z.object({
  seq: z.number(),
  previous_hash: z.string(),
  hash: z.string(),
  entry: z.string(),
});

/** A row of {@link selectAuditRows}. */
export function toAuditRow(row: unknown): AuditRow {
  const { previous_hash: previousHash, ...same } = rowSchema.parse(row);
  return { ...same, previousHash };
}

const headSchema = z.object({ seq: z.number(), hash: z.string() });

/** A row with the end of the chain. */
export function toAuditHead(row: unknown): { readonly seq: number; readonly hash: string } {
  return headSchema.parse(row);
}
