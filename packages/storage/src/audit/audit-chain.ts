import { createHash } from 'node:crypto';

/** Where a chain ends: its newest entry. */
export interface AuditHead {
  /** 1 for the first entry, one more for each; 0 when there is none. */
  readonly seq: number;
  /** SHA-256, in hexadecimal. */
  readonly hash: string;
}

/** An entry as it is stored. */
export interface AuditRow extends AuditHead {
  /** The hash of the entry before it. */
  readonly previousHash: string;
  /** The record, as canonical JSON. */
  readonly entry: string;
}

/** The end of a chain without entries, and so the `previousHash` of the first. */
export const EMPTY_CHAIN: AuditHead = Object.freeze({ seq: 0, hash: '0'.repeat(64) });

/** The rows that put entries at the end of a chain, each hashed over the hash before it and its own text. */
export function linkEntries(head: AuditHead, entries: readonly string[]): AuditRow[] {
  let last = head;
  return entries.map((entry) => {
    const row = {
      seq: last.seq + 1,
      previousHash: last.hash,
      entry,
      hash: hashEntry(last.hash, entry),
    };
    last = row;
    return row;
  });
}

/** What is wrong with a row that should come next after `last`, or `null`. */
export function faultOf(row: AuditRow, last: AuditHead): string | null {
  if (row.seq !== last.seq + 1) return `an entry is missing: after ${last.seq} comes ${row.seq}`;
  if (row.previousHash !== last.hash) return 'it does not follow from the entry before it';
  if (row.hash !== hashEntry(row.previousHash, row.entry)) return 'it is not what was appended';
  return null;
}

function hashEntry(previousHash: string, entry: string): string {
  return createHash('sha256').update(`${previousHash}\n${entry}`).digest('hex');
}
