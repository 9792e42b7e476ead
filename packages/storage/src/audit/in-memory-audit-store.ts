import { type AuditHead, type AuditRow, EMPTY_CHAIN } from './audit-chain.ts';
import { fromAuditText } from './audit-record.ts';
import type { AuditRowQuery, AuditStore } from './audit-store.ts';

/** Keeps an audit log in this process, for tests and development: it ends with the process, grows without bound, and reads all of it for each list. */
export class InMemoryAuditStore implements AuditStore {
  readonly #rows: AuditRow[];
  #head: AuditHead = EMPTY_CHAIN;

  /** @param rows - Where the rows are kept, for a test that reads or changes them behind the log's back. */
  constructor(rows: AuditRow[] = []) {
    this.#rows = rows;
  }

  async append(link: (head: AuditHead) => readonly AuditRow[]): Promise<void> {
    const rows = link(this.#head);
    this.#rows.push(...rows);
    this.#head = rows.at(-1) ?? this.#head;
  }

  async head(): Promise<AuditHead> {
    const { seq, hash } = this.#head;
    return { seq, hash };
  }

  async read(query: AuditRowQuery): Promise<readonly AuditRow[]> {
    const { after, limit, order } = query;
    const way = order === 'asc' ? 1 : -1;
    return this.#rows
      .filter((row) => after === undefined || way * (row.seq - after) > 0)
      .filter((row) => matches(row, query))
      .toSorted((one, other) => way * (one.seq - other.seq))
      .slice(0, limit);
  }

  async close(): Promise<void> {}
}

function matches(row: AuditRow, { actor, action, targetKind, targetId, from, to }: AuditRowQuery): boolean {
  const wanted = [actor, action, targetKind, targetId, from, to];
  // A row that somebody has broken must not keep `verify`, which asks for no kind, from looking at it.
  if (wanted.every((each) => each === undefined)) return true;
  const record = fromAuditText(row.entry);
  const at = record.at.getTime();
  return (
    (actor === undefined || record.actor === actor) &&
    (action === undefined || record.action === action) &&
    (targetKind === undefined || record.target.kind === targetKind) &&
    (targetId === undefined || record.target.id === targetId) &&
    (from === undefined || at >= from) &&
    (to === undefined || at <= to)
  );
}
