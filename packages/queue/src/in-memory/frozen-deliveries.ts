import type { JobDelivery } from '../job.ts';

/** A copy of a ledger that neither its giver nor its readers can change. */
export function frozenDeliveries(deliveries: readonly JobDelivery[]): readonly JobDelivery[] {
  if (deliveries.length === 0) return deliveries;
  return Object.freeze(
    deliveries.map((delivery) => Object.freeze({ ...delivery, updatedAt: new Date(delivery.updatedAt) })),
  );
}
