import type { Order } from './order.ts';

/** How soon admins want to know, as the numbers of the queue: higher first. */
export const Urgency = { URGENT: 20, HIGH: 10, MEDIUM: 5, LOW: 1 } as const;
export type Urgency = (typeof Urgency)[keyof typeof Urgency];

/** From which amount on, in cents, an order is worth a look at once. */
const LARGE_ORDER = 100_000;

/** How urgent an order is. */
export function urgencyOf({ isExpress, total }: Pick<Order, 'isExpress' | 'total'>): Urgency {
  if (isExpress) return Urgency.URGENT;
  return total >= LARGE_ORDER ? Urgency.HIGH : Urgency.MEDIUM;
}

/** Retries of what is queued: five for what is urgent or high, three for the rest. */
export function retriesOf(urgency: Urgency): number {
  return urgency >= Urgency.HIGH ? 5 : 3;
}
