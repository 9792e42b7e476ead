import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

const SUBSCRIBERS = [
  { id: 'ada', address: 'ada@example.com', topics: ['city', 'science'] },
  { id: 'grace', address: 'grace@example.com', topics: ['science', 'sports'] },
  { id: 'alan', address: 'alan@example.com', topics: ['city', 'sports', 'science'] },
];

/** A mail as it goes out. */
export interface Mail {
  readonly subscriber: string;
  readonly subject: string;
}

/** Stands in for a mail provider that honours idempotency keys: of two mails with one key it sends the first. */
export class Mailbox {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  subscribersOf(topic: string): readonly string[] {
    return SUBSCRIBERS.filter(({ topics }) => topics.includes(topic)).map(({ id }) => id);
  }

  /** @returns whether there is such a subscriber; nothing is sent otherwise. */
  send({ subscriber, subject }: Mail, idempotencyKey: string): boolean {
    const address = SUBSCRIBERS.find(({ id }) => id === subscriber)?.address;
    if (address === undefined) return false;
    this.#database
      .prepare('INSERT INTO mails VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
      .run(idempotencyKey, address, subject, Date.now());
    return true;
  }

  /** Whom mails with a subject went to. */
  receiversOf(subject: string): string[] {
    const rows = this.#database
      .prepare('SELECT address FROM mails WHERE subject = ? ORDER BY address')
      .all(subject);
    return z
      .array(z.object({ address: z.string() }))
      .parse(rows)
      .map(({ address }) => address);
  }
}
