import type { SharedChange, SharedEntry } from '@townkrier/queue';
import type { SqliteHandle } from './join-transaction.ts';

/** After every key that begins with a prefix. */
const LAST_CHARACTER = '\u{10FFFF}';

interface SharedRow {
  readonly key: string;
  readonly value: string;
  readonly version: string;
}

/** The values that all processes of a file share. Writes are made within an open transaction of the store. */
export class SharedValues {
  readonly #one;
  readonly #between;
  readonly #add;
  readonly #replace;
  readonly #remove;
  readonly #writes;
  readonly #count;

  constructor(connection: SqliteHandle) {
    this.#one = connection.prepare('SELECT key, value, version FROM townkrier_shared WHERE key = ?');
    this.#between = connection.prepare(
      'SELECT key, value, version FROM townkrier_shared WHERE key >= ? AND key < ?',
    );
    this.#add = connection.prepare('INSERT INTO townkrier_shared VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
    this.#replace = connection.prepare(
      'UPDATE townkrier_shared SET value = ?, version = ? WHERE key = ? AND version = ?',
    );
    this.#remove = connection.prepare('DELETE FROM townkrier_shared WHERE key = ? AND version = ?');
    this.#writes = connection.prepare('SELECT n FROM townkrier_shared_writes');
    this.#count = connection.prepare('UPDATE townkrier_shared_writes SET n = n + 1');
  }

  read(key: string): SharedEntry | null {
    const row: unknown = this.#one.get(key);
    return row === undefined ? null : toEntry(row);
  }

  list(prefix: string): SharedEntry[] {
    const rows: unknown[] = this.#between.all(prefix, prefix + LAST_CHARACTER);
    // SQLite orders by code point, which is not the same beyond U+FFFF.
    return rows.map(toEntry).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** @returns the new version, or `null` when somebody wrote since. */
  write(change: SharedChange): string | null {
    const version = String(this.writes() + 1);
    if (!this.#apply(change, version)) return null;
    this.#count.run();
    return version;
  }

  /** How often something was written, by any process. */
  writes(): number {
    return (this.#writes.get() as { readonly n: number }).n;
  }

  #apply({ key, value, version: seen }: SharedChange, version: string): boolean {
    if (value === null && seen === null) return this.read(key) === null;
    const text = JSON.stringify(value);
    if (seen === null) return hasChanged(this.#add.run(key, text, version));
    if (value === null) return hasChanged(this.#remove.run(key, seen));
    return hasChanged(this.#replace.run(text, version, key, seen));
  }
}

function hasChanged({ changes }: { readonly changes: number | bigint }): boolean {
  return Number(changes) > 0;
}

/** What the statements of this file select is what this says. */
function toEntry(row: unknown): SharedEntry {
  const { key, value, version } = row as SharedRow;
  return { key, value: JSON.parse(value), version };
}
