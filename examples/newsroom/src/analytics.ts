import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

const HOUR = 3_600_000;
const COUNTS = `
  (SELECT count(*) FROM articles WHERE published_at >= :from AND published_at < :to) AS published,
  (SELECT count(*) FROM mails WHERE sent_at >= :from AND sent_at < :to) AS mails`;

const daySchema = z.object({ day: z.string(), published: z.number(), mails: z.number() });

/** Numbers by hour and day, in UTC. Reckoned anew from what happened, so it may be done any number of times. */
export class Analytics {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @param moment - Any within the hour. */
  takeSnapshot(moment: Date): void {
    const from = Math.floor(moment.getTime() / HOUR) * HOUR;
    this.#database
      .prepare(`INSERT OR REPLACE INTO snapshots SELECT :from, ${COUNTS}`)
      .run({ from, to: from + HOUR });
  }

  /** @param day - As in `2026-11-25`. */
  aggregate(day: string): void {
    const from = Date.parse(day);
    this.#database
      .prepare(`INSERT OR REPLACE INTO days SELECT :day, ${COUNTS}`)
      .run({ day, from, to: from + 24 * HOUR });
  }

  days() {
    return z.array(daySchema).parse(this.#database.prepare('SELECT * FROM days ORDER BY day').all());
  }
}

/** The day of a moment, in UTC. */
export function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

/** The days from one to another, both included. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 24 * HOUR) days.push(dayOf(new Date(at)));
  return days;
}
