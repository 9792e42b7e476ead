import type { JsonValue } from '@townkrier/core';
import {
  type EventBatch,
  type EventLog,
  type LoggedEvents,
  lastToTrim,
  toEventNumber,
  toLoggedEvents,
} from '@townkrier/queue';
import { type PostgresDatabase, quoteText } from '../postgres-database.ts';
import { EVENT_MIGRATIONS } from './event-schema.ts';
import { toQueueError } from './queue-errors.ts';

/** Appends whose events are read in one go. */
const BATCHES_AT_ONCE = 20;

/** What a {@link PostgresEventLog} needs of its store. */
export interface PostgresEventLogParts {
  /** Listens to other processes until it is undone. */
  readonly listen: () => () => void;
  /** Where and how others are told that events were appended. */
  readonly channel: string;
  readonly notice: string;
}

/**
 * The newest events of all processes of a schema. The tables are made with the first call, and only where there is one. Each append is one statement, and each waits for the commit of the one
 * before, so that no number can be read before all lower ones can.
 */
export class PostgresEventLog implements EventLog {
  readonly #database: PostgresDatabase;
  readonly #listen: () => () => void;
  readonly #sql;
  readonly #callbacks = new Set<() => void>();

  constructor(database: PostgresDatabase, { listen, channel, notice }: PostgresEventLogParts) {
    this.#database = database;
    this.#listen = listen;
    this.#sql = statements(database, `pg_notify(${quoteText(channel)}, ${quoteText(notice)})`);
  }

  async append(events: readonly JsonValue[], keep: number): Promise<void> {
    if (events.length === 0) return;
    const added = events.length;
    const [row] = await this.#query<{ readonly latest: number }>(this.#sql.append, [
      JSON.stringify(events),
      added,
    ]);
    this.tell();
    const trimmed = row === undefined ? null : lastToTrim(row.latest, added, keep);
    if (trimmed !== null) await this.#query(this.#sql.trim, [trimmed]);
  }

  async read(after: string | null, limit: number): Promise<LoggedEvents> {
    // A number that lies ahead of the latest is found out afterwards; it is rare, and then nothing was found.
    const asked = toEventNumber(after, Number.MAX_SAFE_INTEGER);
    const batches = await this.#readAfter(asked);
    if (batches.length > 0) return toLoggedEvents(after, asked, { batches, limit });
    const number = toEventNumber(after, Number(await this.latest()));
    if (number === asked) return { events: [], isGap: false };
    return toLoggedEvents(after, number, { batches: await this.#readAfter(number), limit });
  }

  async latest(): Promise<string> {
    const [row] = await this.#query<{ readonly latest: number }>(this.#sql.latest, []);
    if (row === undefined) throw new Error('PostgreSQL gave no row for the log of events.');
    return String(row.latest);
  }

  /** Listens to other processes for as long as somebody wants to be called, as `onWake` does. */
  onAppend(callback: () => void): () => void {
    // A wrapper of its own, so that one function registered twice is undone one at a time.
    const tell = (): void => callback();
    this.#callbacks.add(tell);
    const stopListening = this.#listen();
    return () => {
      this.#callbacks.delete(tell);
      stopListening();
    };
  }

  /** Calls back that events may have been appended. */
  tell(): void {
    for (const callback of [...this.#callbacks]) callback();
  }

  /** Calls nobody back any more. */
  close(): void {
    this.#callbacks.clear();
  }

  #readAfter(number: number): Promise<EventBatch[]> {
    return this.#query<EventBatch>(this.#sql.read, [number]);
  }

  async #query<Row>(sql: string, values: readonly unknown[]): Promise<Row[]> {
    try {
      await this.#database.migrate('events', EVENT_MIGRATIONS);
      return await this.#database.query<Row>(sql, values, { isPrepared: true });
    } catch (error) {
      throw toQueueError(error);
    }
  }
}

function statements(database: PostgresDatabase, notify: string) {
  const [events, log] = [database.table('events'), database.table('event_log')];
  return {
    append: `
      WITH moved AS (UPDATE ${log} SET latest = latest + $2 RETURNING latest),
      added AS (INSERT INTO ${events} (last, events) SELECT latest, $1::json FROM moved)
      SELECT latest, ${notify} FROM moved`,
    read: `SELECT last, events FROM ${events} WHERE last > $1 ORDER BY last LIMIT ${BATCHES_AT_ONCE}`,
    latest: `SELECT latest FROM ${log}`,
    trim: `DELETE FROM ${events} WHERE last <= $1`,
  };
}
