import { CallsInHand } from '../calls-in-hand.ts';
import { StorageError, StorageErrorCode } from '../errors.ts';
import { GroupCommit, type PendingWrite } from '../group-commit.ts';
import { type AuditHead, type AuditRow, EMPTY_CHAIN, faultOf, linkEntries } from './audit-chain.ts';
import { type AuditFilters, parseAuditFilters } from './audit-query.ts';
import { type AuditRecord, fromAuditText, toAuditText } from './audit-record.ts';
import type { AuditStore } from './audit-store.ts';

/** A record in the log. */
export interface AuditLogEntry extends AuditRecord {
  /** Its place: 1 for the first, one more for each. */
  readonly seq: number;
  /** SHA-256 over `previousHash` and the record, in hexadecimal. */
  readonly hash: string;
  readonly previousHash: string;
}

/** What {@link AuditLog.verify} found: everything as it was appended, or the first entry that is not. */
export type AuditVerdict =
  | { readonly isIntact: true; readonly head: AuditHead }
  | { readonly isIntact: false; readonly seq: number; readonly fault: string };

/** Rows looked at in one go. */
const VERIFY_BATCH = 1000;

interface Append extends PendingWrite {
  readonly text: string;
  readonly resolve: (row: AuditRow) => void;
}

/**
 * Who did what, to be believed later: entries are only ever added, and each carries a hash over the one before it, so that whoever edits, removes, swaps or inserts a row of
 * the database is found out by {@link AuditLog.verify}.
 *
 * Somebody who may write to the database could make the whole chain anew. Note `head` elsewhere now and then, and give it to `verify`.
 *
 * @example
 * const auditLog = new AuditLog(new SqliteAuditStore({ file: 'audit.db' }));
 * const adapter = new AuditedQueueAdapter(queueAdapter, {
 *   sink: { write: async (entry) => void (await auditLog.append(entry)) },
 * });
 */
export class AuditLog {
  readonly #store: AuditStore;
  readonly #appends: GroupCommit<Append>;
  readonly #inHand = new CallsInHand();
  #closing: Promise<void> | undefined;

  /** @param store - Closed with the log. */
  constructor(store: AuditStore) {
    this.#store = store;
    this.#appends = new GroupCommit((group) => appendGroup(store, group));
  }

  /**
   * Adds a record at the end. Resolves when it is as durable as the store is; records of one turn of the event loop share a commit, in the order of the calls.
   *
   * @throws {StorageError} `STORAGE_LOG_INVALID`; `STORAGE_UNAVAILABLE`, after which it may have been added all the same; `STORAGE_CLOSED`.
   */
  append(record: AuditRecord): Promise<AuditLogEntry> {
    return this.#call(async () => {
      const text = toAuditText(record);
      const row = await new Promise<AuditRow>((resolve, reject) =>
        this.#appends.add({ text, rows: 1, resolve, reject }),
      );
      return toEntry(row);
    });
  }

  /** A page of entries, in the order they were appended unless asked otherwise. @throws {StorageError} `STORAGE_FILTER_INVALID` */
  list(filters: AuditFilters = {}): Promise<AuditLogEntry[]> {
    return this.#call(async () => (await this.#store.read(parseAuditFilters(filters))).map(toEntry));
  }

  /** Where the chain ends now: what to note elsewhere. */
  head(): Promise<AuditHead> {
    return this.#call(() => this.#store.head());
  }

  /**
   * Looks at every entry, the oldest first, a thousand at a time; entries that are appended meanwhile are looked at too. Stops at the first that does not follow from those before it.
   *
   * @param noted - A `head` that was noted elsewhere: the chain must still go through it.
   */
  verify(noted: AuditHead = EMPTY_CHAIN): Promise<AuditVerdict> {
    return this.#call(() => this.#verify(noted));
  }

  /** Waits for what is under way, then closes the store. Idempotent. Every other call is refused from then on. */
  close(): Promise<void> {
    this.#closing ??= this.#inHand.idle().then(() => this.#store.close());
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #verify(noted: AuditHead): Promise<AuditVerdict> {
    let last: AuditHead = EMPTY_CHAIN;
    for (;;) {
      // Read before the rows: what it names must be among them.
      const head = await this.#store.head();
      const rows = await this.#store.read({ after: last.seq, limit: VERIFY_BATCH, order: 'asc' });
      if (rows.length === 0) return verdictAtEnd(last, head, noted);
      for (const row of rows) {
        const fault = faultOf(row, last) ?? faultAgainst(row, noted);
        if (fault !== null) return { isIntact: false, seq: last.seq + 1, fault };
        last = row;
      }
    }
  }

  async #call<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined) {
      throw new StorageError(StorageErrorCode.STORAGE_CLOSED, 'The audit log is closed. Make a new one.');
    }
    return this.#inHand.add(work());
  }
}

async function appendGroup(store: AuditStore, group: readonly Append[]): Promise<void> {
  let rows: readonly AuditRow[] = [];
  const texts = group.map(({ text }) => text);
  await store.append((head) => {
    rows = linkEntries(head, texts);
    return rows;
  });
  for (const [i, row] of rows.entries()) group[i]?.resolve(row);
}

function verdictAtEnd({ seq, hash }: AuditHead, head: AuditHead, noted: AuditHead): AuditVerdict {
  if (seq < noted.seq) return cutOff(seq, noted);
  if (seq < head.seq) return cutOff(seq, head);
  if (seq === head.seq && hash === head.hash) return { isIntact: true, head: { seq, hash } };
  return { isIntact: false, seq: head.seq + 1, fault: `the log says that it ends with ${head.seq}` };
}

function cutOff(seq: number, end: AuditHead): AuditVerdict {
  return { isIntact: false, seq: seq + 1, fault: `entries are missing: the log went on to ${end.seq}` };
}

function faultAgainst(row: AuditRow, noted: AuditHead): string | null {
  return row.seq === noted.seq && row.hash !== noted.hash ? 'its hash is not the one that was noted' : null;
}

function toEntry({ seq, hash, previousHash, entry }: AuditRow): AuditLogEntry {
  return { ...fromAuditText(entry), seq, hash, previousHash };
}
