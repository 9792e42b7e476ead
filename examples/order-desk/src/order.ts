import { z } from 'zod';

const cents = z.int().min(0).max(100_000_000);
/** One line of text: names end up in the head of a mail. */
const line = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, 'expected one line');

/** What a customer sends. */
export const newOrderSchema = z.strictObject({
  customer: z.strictObject({ name: line, email: z.email() }),
  lines: z
    .array(
      z.strictObject({
        article: line,
        quantity: z.int().min(1).max(10_000),
        /** In cents. */
        unitPrice: cents,
      }),
    )
    .min(1)
    .max(100),
  isExpress: z.boolean().default(false),
});

/** An order that was checked and has no number yet. */
export type NewOrder = z.output<typeof newOrderSchema>;

/** An order that is kept. */
export interface Order extends NewOrder {
  /** For jobs and files: no other order has it, in no other database either. Numbers begin anew with a new one, and a Redis may remember jobs of the old. */
  readonly key: string;
  /** For people: `A-000042`. */
  readonly id: string;
  /** In cents. */
  readonly total: number;
  readonly placedAt: Date;
}

/** What the database adds to an order. */
export interface OrderRow {
  readonly number: number;
  readonly key: string;
  readonly placedAt: number;
}

/** The order of a row. */
export function toOrder({ number, key, placedAt }: OrderRow, content: NewOrder): Order {
  return {
    ...content,
    key,
    id: `A-${String(number).padStart(6, '0')}`,
    total: content.lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
    placedAt: new Date(placedAt),
  };
}

const amounts = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** An amount of cents, for people: `1,234.50 EUR`. */
export function formatAmount(cents: number): string {
  return `${amounts.format(cents / 100)} EUR`;
}
