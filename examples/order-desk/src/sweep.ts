import type { Fulfilment } from './fulfilment.ts';
import type { Orders } from './orders.ts';

/** Orders that one sweep queues at most. */
const BATCH = 100;

/** How often it is looked for orders that were left behind. */
export interface SweepOptions {
  /** Milliseconds between two sweeps. @default 30000 */
  readonly intervalMs?: number;
  /** Milliseconds after which an order that is queued and not mailed is queued again. @default 300000 */
  readonly patienceMs?: number;
}

/** Sweeps that go on. */
export interface Sweeping {
  /** Resolves when the one in hand has ended. */
  stop(): Promise<void>;
}

/**
 * Queues orders whose mail is not known to be out: those whose process died before it could, those no backend took, and those a backend forgot. One whose job is kept is
 * not touched, also when that has failed for good: that is for an operator to replay.
 *
 * @param onError - Told what kept an order from being queued; it is tried again.
 */
export function startSweeping(
  {
    orders,
    fulfilment,
    onError,
  }: { orders: Orders; fulfilment: Fulfilment; onError: (error: unknown) => void },
  { intervalMs = 30_000, patienceMs = 300_000 }: SweepOptions = {},
): Sweeping {
  let running: Promise<void> | undefined;
  const sweep = async (queuedBefore: number): Promise<void> => {
    for (const order of orders.unmailed(queuedBefore, BATCH)) {
      await fulfilment.queue(order);
      orders.noteQueued(order.key);
    }
  };
  const start = (queuedBefore: number) => {
    running ??= sweep(queuedBefore)
      .catch(onError)
      .finally(() => {
        running = undefined;
      });
  };
  // What an earlier process left behind is taken up at once.
  start(Date.now());
  const timer = setInterval(() => start(Date.now() - patienceMs), intervalMs);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
