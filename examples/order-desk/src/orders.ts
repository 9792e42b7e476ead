import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { createId } from '@townkrier/core';
import { NonRetryableError } from '@townkrier/queue';
import { z } from 'zod';
import { durably } from './database.ts';
import { type NewOrder, newOrderSchema, type Order, toOrder } from './order.ts';

const rowSchema = z
  .object({ number: z.int(), key: z.string(), placedAt: z.int(), content: z.string() })
  .transform(({ content, ...row }) => toOrder(row, newOrderSchema.parse(JSON.parse(content))));

const COLUMNS = 'number, key, placed_at AS placedAt, content';

/** What was ordered, and what is still to be done about it: the queue may lose its memory, this must not. */
export class Orders {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #setQueued: StatementSync;
  readonly #setMailed: StatementSync;
  readonly #selectMailed: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare(
      'INSERT INTO orders (key, content, placed_at, queued_at) VALUES (?, ?, ?, ?)',
    );
    this.#select = database.prepare(`SELECT ${COLUMNS} FROM orders WHERE key = ?`);
    this.#setQueued = database.prepare('UPDATE orders SET queued_at = ? WHERE key = ?');
    this.#setMailed = database.prepare('UPDATE orders SET mailed_at = ? WHERE key = ?');
    this.#selectMailed = database.prepare('SELECT 1 FROM orders WHERE key = ? AND mailed_at IS NOT NULL');
  }

  /** Keeps an order, as one that is about to be queued. It is safe when this returns. */
  place(order: NewOrder): Order {
    const [key, placedAt] = [createId(), Date.now()];
    const { lastInsertRowid } = durably(this.#database, () =>
      this.#insert.run(key, JSON.stringify(order), placedAt, placedAt),
    );
    return toOrder({ number: Number(lastInsertRowid), key, placedAt }, order);
  }

  /** @throws {NonRetryableError} when there is none: the job is about an order of another database. */
  get(key: string): Order {
    const row = this.#select.get(key);
    if (row === undefined) throw new NonRetryableError(`No order here has the key ${key}.`);
    return rowSchema.parse(row);
  }

  /** Orders whose mail is not known to be out and that were not queued since a moment; those that no backend took come first. */
  unmailed(queuedBefore: number, limit: number): Order[] {
    return this.#database
      .prepare(
        `SELECT ${COLUMNS} FROM orders WHERE mailed_at IS NULL AND (queued_at IS NULL OR queued_at < ?)
         ORDER BY queued_at, number LIMIT ?`,
      )
      .all(queuedBefore, limit)
      .map((row) => rowSchema.parse(row));
  }

  noteQueued(key: string): void {
    this.#setQueued.run(Date.now(), key);
  }

  /** No backend took it: the next sweep is to try again. */
  noteUnqueued(key: string): void {
    this.#setQueued.run(null, key);
  }

  noteMailed(key: string): void {
    this.#setMailed.run(Date.now(), key);
  }

  isMailed(key: string): boolean {
    return this.#selectMailed.get(key) !== undefined;
  }

  /** How many orders were placed in a span of time, and for how many cents; its end is not part of it. */
  turnover(from: Date, until: Date): { readonly count: number; readonly total: number } {
    const rows = this.#database
      .prepare(`SELECT ${COLUMNS} FROM orders WHERE placed_at >= ? AND placed_at < ?`)
      .all(from.getTime(), until.getTime());
    return { count: rows.length, total: rows.reduce((sum, row) => sum + rowSchema.parse(row).total, 0) };
  }
}
