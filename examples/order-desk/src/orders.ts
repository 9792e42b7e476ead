import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { type NewOrder, newOrderSchema, type Order, toOrder } from './order.ts';

const rowSchema = z
  .object({ number: z.int(), placed_at: z.int(), content: z.string() })
  .transform((row) => toOrder(row.number, row.placed_at, newOrderSchema.parse(JSON.parse(row.content))));
const pdfSchema = z.object({ pdf: z.instanceof(Uint8Array) });

const COLUMNS = 'number, placed_at, content';

/** What was ordered, and what is still to be done about it: the queue may lose its memory, this must not. */
export class Orders {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Keeps an order. It is safe when this returns. */
  place(order: NewOrder): Order {
    const placedAt = Date.now();
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO orders (content, placed_at) VALUES (?, ?)')
      .run(JSON.stringify(order), placedAt);
    return toOrder(Number(lastInsertRowid), placedAt, order);
  }

  /** @throws {Error} when there is none of that number. */
  get(number: number): Order {
    const row = this.#database.prepare(`SELECT ${COLUMNS} FROM orders WHERE number = ?`).get(number);
    if (row === undefined) throw new Error(`There is no order number ${number}.`);
    return rowSchema.parse(row);
  }

  /** Orders whose mail is not known to be out and that were not queued since a moment; those that never were come first. */
  unmailed(queuedBefore: number, limit: number): Order[] {
    return this.#database
      .prepare(
        `SELECT ${COLUMNS} FROM orders WHERE mailed_at IS NULL AND (queued_at IS NULL OR queued_at < ?)
         ORDER BY queued_at, number LIMIT ?`,
      )
      .all(queuedBefore, limit)
      .map((row) => rowSchema.parse(row));
  }

  noteQueued({ number }: Order): void {
    this.#database.prepare('UPDATE orders SET queued_at = ? WHERE number = ?').run(Date.now(), number);
  }

  noteMailed(number: number): void {
    this.#database.prepare('UPDATE orders SET mailed_at = ? WHERE number = ?').run(Date.now(), number);
  }

  isMailed(number: number): boolean {
    const row = this.#database.prepare('SELECT mailed_at FROM orders WHERE number = ?').get(number);
    return row !== undefined && row['mailed_at'] !== null;
  }

  /** Keeps the invoice of an order; a second one replaces the first. */
  saveInvoice(number: number, pdf: Uint8Array): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO invoices (order_number, pdf) VALUES (?, ?)')
      .run(number, pdf);
  }

  /** @throws {z.ZodError} when there is none yet. */
  invoice(number: number): Uint8Array {
    return pdfSchema.parse(
      this.#database.prepare('SELECT pdf FROM invoices WHERE order_number = ?').get(number),
    ).pdf;
  }

  /** How many orders were placed in a span of time, and for how many cents; its end is not part of it. */
  turnover(from: Date, until: Date): { readonly count: number; readonly total: number } {
    const rows = this.#database
      .prepare(`SELECT ${COLUMNS} FROM orders WHERE placed_at >= ? AND placed_at < ?`)
      .all(from.getTime(), until.getTime());
    return { count: rows.length, total: rows.reduce((sum, row) => sum + rowSchema.parse(row).total, 0) };
  }
}
