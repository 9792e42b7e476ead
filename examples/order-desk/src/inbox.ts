import type { DatabaseSync } from 'node:sqlite';
import {
  type Channel,
  type InAppMessage,
  InvalidAddressError,
  inAppMessageSchema,
  NotificationChannel,
} from '@townkrier/core';
import { z } from 'zod';

const addressSchema = z.object({ userId: z.string().min(1) });
const rowsSchema = z.array(
  z
    .object({ title: z.string(), message: z.string(), received_at: z.int() })
    .transform(({ received_at, ...row }) => ({ ...row, receivedAt: new Date(received_at) })),
);

/** A message inside the app. */
export type InboxEntry = z.output<typeof rowsSchema>[number];

/** What users see when they open the app. */
export class Inbox {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Oldest first. */
  of(userId: string): InboxEntry[] {
    const rows = this.#database
      .prepare('SELECT title, message, received_at FROM inbox WHERE user_id = ? ORDER BY received_at, rowid')
      .all(userId);
    return rowsSchema.parse(rows);
  }

  /** The channel that writes into it. A message that was written before is not written again. */
  createChannel(): Channel<InAppMessage, { userId: string }> {
    const insert = this.#database.prepare(
      'INSERT OR IGNORE INTO inbox (idempotency_key, user_id, title, message, received_at) VALUES (?, ?, ?, ?, ?)',
    );
    return {
      type: NotificationChannel.IN_APP,
      honoursIdempotencyKey: true,
      parseAddress(address) {
        const parsed = addressSchema.safeParse(address);
        if (parsed.success) return parsed.data;
        throw new InvalidAddressError('An in-app address is { userId }.');
      },
      parseMessage: (message) => inAppMessageSchema.parse(message),
      async send({ address, message, idempotencyKey }) {
        insert.run(idempotencyKey, address.userId, message.title, message.message, Date.now());
        return { messageId: idempotencyKey, status: 'delivered' };
      },
    };
  }
}
