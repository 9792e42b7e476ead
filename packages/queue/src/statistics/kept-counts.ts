import type { Clock } from '@townkrier/core';
import type { JobEventName } from '../events.ts';
import type { QueueAdapter, QueueStats } from '../queue-adapter.ts';
import { KeptReads } from './kept-reads.ts';
import { ALL_QUEUES } from './tally-shelf.ts';

/** After these the counts are others. */
const CHANGES: readonly JobEventName[] = [
  'job:enqueued',
  'job:started',
  'job:completed',
  'job:retrying',
  'job:failed',
  'job:cancelled',
  'job:released',
  'job:deleted',
];

/** What a {@link KeptCounts} works with. */
export interface KeptCountsParts {
  readonly adapter: QueueAdapter;
  readonly clock: Clock;
  /** Milliseconds a count is good for, unless this process hears of a change before. */
  readonly ttl: number;
}

/** How many jobs there are, read once for all who ask in a moment. It listens only while it has something that a change could make wrong. */
export class KeptCounts {
  readonly #adapter: QueueAdapter;
  readonly #reads: KeptReads<QueueStats>;
  #stops: readonly (() => void)[] = [];

  constructor({ adapter, clock, ttl }: KeptCountsParts) {
    this.#adapter = adapter;
    this.#reads = new KeptReads(clock, ttl);
  }

  get(queue: string): Promise<QueueStats> {
    if (this.#stops.length === 0) {
      this.#stops = CHANGES.map((name) => this.#adapter.on(name, (event) => this.#drop(event.queue)));
    }
    return this.#reads.get(queue, () => this.#adapter.getStats(queue === ALL_QUEUES ? undefined : queue));
  }

  #drop(queue: string): void {
    this.#reads.drop(queue);
    this.#reads.drop(ALL_QUEUES);
    if (!this.#reads.isEmpty) return;
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }
}
