/** A worker that is started on a large backlog, and measures how it fares. Says what it measured when it has done its jobs. */
import { openQueue, type QueueAddress, type QueueOptions } from './backends.ts';
import { readSettings, sayReady } from './child-program.ts';

/** What it is told. */
export interface BacklogSettings {
  readonly queue: QueueAddress;
  readonly options: QueueOptions;
  /** Jobs to do before it ends. */
  readonly jobs: number;
}

/** What it measures. All but the last in milliseconds. */
export interface BacklogFigures {
  /** From before the queue is opened to the first handler. */
  readonly first: number;
  /** To settle one job and start the next, one at a time: the median, and what 99 of 100 stay below. */
  readonly median: number;
  readonly p99: number;
  readonly stats: number;
  /** Bytes that the process grew by. */
  readonly growth: number;
}

const settings = readSettings<BacklogSettings>();
const openedAt = performance.now();
const memory = process.memoryUsage().rss;
const { adapter } = await openQueue(settings.queue, settings.options);
const starts: number[] = [];
await new Promise<void>((resolve) => {
  adapter.work(
    () => {
      starts.push(performance.now());
      if (starts.length >= settings.jobs) resolve();
      return undefined;
    },
    { concurrency: 1 },
  );
});
const askedAt = performance.now();
await adapter.getStats();
const stats = performance.now() - askedAt;
const growth = process.memoryUsage().rss - memory;
await adapter.close();
const gaps = starts.slice(1).map((start, i) => start - (starts[i] ?? start));
const sorted = gaps.toSorted((one, other) => one - other);
const share = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0;
const figures: BacklogFigures = {
  first: (starts[0] ?? 0) - openedAt,
  median: share(0.5),
  p99: share(0.99),
  stats,
  growth,
};
sayReady(figures);
process.disconnect();
