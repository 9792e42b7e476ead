import type { JsonValue } from '@townkrier/core';
import {
  type EventBatch,
  type EventLog,
  type LoggedEvents,
  lastToTrim,
  toEventNumber,
  toLoggedEvents,
} from '@townkrier/queue';
import type { SqliteDatabase, WriteOptions } from '../sqlite-database.ts';
import { EVENT_MIGRATIONS } from './event-schema.ts';

/** Appends whose events are read in one go. */
const BATCHES_AT_ONCE = 20;

/** What a {@link SqliteEventLog} needs. */
export interface SqliteEventLogOptions {
  readonly database: SqliteDatabase;
  /** Runs work in a transaction of the store. */
  readonly write: <Result>(work: () => Result, options: WriteOptions) => Promise<Result>;
  /** Called when somebody begins or ends to listen. */
  readonly onListening: () => void;
}

/** The newest events of all processes of a file. Who writes to it takes turns, so that no number is given before all lower ones can be read. */
export class SqliteEventLog implements EventLog {
  readonly #database: SqliteDatabase;
  readonly #write: SqliteEventLogOptions['write'];
  readonly #onListening: () => void;
  readonly #callbacks = new Set<() => void>();
  readonly #after;
  readonly #latest;
  readonly #add;
  readonly #setLatest;
  readonly #trim;
  /** The number of the newest event that the listeners were told of. */
  #toldOf = 0;

  constructor({ database, write, onListening }: SqliteEventLogOptions) {
    database.migrate('events', EVENT_MIGRATIONS);
    const { connection } = database;
    this.#database = database;
    this.#write = write;
    this.#onListening = onListening;
    this.#after = connection.prepare(
      `SELECT last, events FROM townkrier_events WHERE last > ? ORDER BY last LIMIT ${BATCHES_AT_ONCE}`,
    );
    this.#latest = connection.prepare('SELECT latest FROM townkrier_event_log');
    this.#add = connection.prepare('INSERT INTO townkrier_events VALUES (?, ?)');
    this.#setLatest = connection.prepare('UPDATE townkrier_event_log SET latest = ?');
    this.#trim = connection.prepare('DELETE FROM townkrier_events WHERE last <= ?');
  }

  async append(events: readonly JsonValue[], keep: number): Promise<void> {
    if (events.length === 0) return;
    // Not brought to the disk by itself: a power cut takes the latest events, and those who read them with them.
    await this.#write(() => this.#appendAll(events, keep), { isSynced: false });
    this.look();
  }

  async read(after: string | null, limit: number): Promise<LoggedEvents> {
    return this.#database.read(() => {
      const number = toEventNumber(after, this.#latestNumber());
      return toLoggedEvents(after, number, { batches: this.#after.all(number).map(toBatch), limit });
    });
  }

  async latest(): Promise<string> {
    return String(this.#latestNumber());
  }

  onAppend(callback: () => void): () => void {
    // A wrapper of its own, so that one function registered twice is undone one at a time.
    const tell = (): void => callback();
    if (!this.hasListeners) this.#toldOf = this.#latestNumber();
    this.#callbacks.add(tell);
    this.#onListening();
    return () => {
      this.#callbacks.delete(tell);
      this.#onListening();
    };
  }

  /** Whether somebody wants to hear of events. */
  get hasListeners(): boolean {
    return this.#callbacks.size > 0;
  }

  /** To be called after a commit, of this process or another: tells the listeners, if it brought events. */
  look(): void {
    if (!this.hasListeners) return;
    const latest = this.#latestNumber();
    if (latest === this.#toldOf) return;
    this.#toldOf = latest;
    for (const tell of [...this.#callbacks]) tell();
  }

  /** From here on nobody is told anything. */
  close(): void {
    this.#callbacks.clear();
  }

  #appendAll(events: readonly JsonValue[], keep: number): void {
    const last = this.#latestNumber() + events.length;
    this.#add.run(last, JSON.stringify(events));
    this.#setLatest.run(last);
    const trimmed = lastToTrim(last, events.length, keep);
    if (trimmed !== null) this.#trim.run(trimmed);
  }

  #latestNumber(): number {
    return Number(this.#latest.get()?.['latest']);
  }
}

/** What the statement of this file selects is what this says. */
function toBatch(row: Record<string, unknown>): EventBatch {
  return { last: Number(row['last']), events: JSON.parse(String(row['events'])) };
}
