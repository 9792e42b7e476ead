import type { QueueStats } from '@townkrier/queue';
import { Gauge } from 'prom-client';
import { type BoundedNames, OTHER } from './bounded-names.ts';
import type { Measurement } from './measurement.ts';
import type { MeasuredQueue, ResolvedMetricsOptions } from './metrics-options.ts';

const UP = 'townkrier_queue_up';
const JOBS = 'townkrier_jobs';

/**
 * How many jobs there are, by queue and status, read from the store's counters at each scrape. All processes of a store show the same: take the maximum of them, not the sum.
 */
export function measureJobs(
  queue: MeasuredQueue,
  names: BoundedNames,
  { registry, onError }: ResolvedMetricsOptions,
): Measurement {
  let reading: ReturnType<typeof readStats> | undefined;
  // Both metrics of a scrape ask at once, and share an answer. Neither lets an error out: it would take all other metrics of the scrape with it.
  const read = async (): ReturnType<typeof readStats> => {
    reading ??= readStats(queue, names).finally(() => {
      reading = undefined;
    });
    return reading;
  };
  new Gauge({
    name: UP,
    help: 'Whether the queue could be read at this scrape.',
    registers: [registry],
    async collect() {
      await read().then(
        () => this.set(1),
        (error: unknown) => {
          this.set(0);
          onError(error);
        },
      );
    },
  });
  new Gauge({
    name: JOBS,
    help: 'Jobs kept, by queue and status.',
    labelNames: ['queue', 'status'],
    registers: [registry],
    async collect() {
      this.reset();
      // What went wrong is the other metric's to tell.
      for (const [name, stats] of await read().catch(() => [])) {
        for (const [status, count] of Object.entries(stats)) this.set({ queue: name, status }, count);
      }
    },
  });
  return { metrics: [UP, JOBS], stops: [] };
}

/** The counters of each queue that is shown, and of all others together. */
async function readStats(
  queue: MeasuredQueue,
  names: BoundedNames,
): Promise<readonly (readonly [string, QueueStats])[]> {
  const all = await queue.getStats();
  const shown = await Promise.all(
    names.shown.map(async (name) => [name, await queue.getStats(name)] as const),
  );
  const others = shown.reduce((left, [, stats]) => without(left, stats), all);
  return [...shown, [OTHER, others]];
}

/** Never below 0: counters that are read one after the other may differ by what happened meanwhile. */
function without(all: QueueStats, some: QueueStats): QueueStats {
  const less = (status: keyof QueueStats): number => Math.max(0, all[status] - some[status]);
  return {
    pending: less('pending'),
    scheduled: less('scheduled'),
    processing: less('processing'),
    retrying: less('retrying'),
    completed: less('completed'),
    failed: less('failed'),
    cancelled: less('cancelled'),
  };
}
