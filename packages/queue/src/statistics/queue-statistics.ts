import type { Clock } from '@townkrier/core';
import { isAway } from '../failover/is-away.ts';
import { SharedValues } from '../in-memory/shared-values.ts';
import type { SharedState } from '../job-store.ts';
import { unsupported } from '../new-job.ts';
import { pauseKey, pauseOf } from '../policy/pause.ts';
import type { QueueAdapter, QueueStats } from '../queue-adapter.ts';
import { MINUTE } from './grain.ts';
import { KeptCounts } from './kept-counts.ts';
import { KeptReads } from './kept-reads.ts';
import { type QueueHistory, toHistory } from './queue-history.ts';
import { resolveRange, type StatisticsOptions, type StatisticsRange } from './statistics-range.ts';
import { TallyRecorder } from './tally-recorder.ts';
import { ALL_QUEUES, TallyShelf } from './tally-shelf.ts';
import { THROUGHPUT_WINDOW, throughputOf } from './throughput.ts';

/** How a queue, or all together, stands and did. */
export interface QueueInsight {
  /** `null`: all queues together. */
  readonly queue: string | null;
  /** Jobs in each status now. */
  readonly counts: QueueStats;
  /**
   * `null` where nothing is counted: this process has not been told to, and others could not tell it. Also while a failover adapter, which goes on counting what waits, has lost what
   * processes share.
   */
  readonly history: QueueHistory | null;
}

/** Where a job that waits stands. */
export interface QueuePosition {
  /** Jobs of its queue that start before it. */
  readonly ahead: number;
  /** About how many milliseconds until it starts, if jobs go on ending as fast as in the last minutes. `null` when none ended lately, that cannot be read now, or the queue pauses. */
  readonly etaMs: number | null;
}

/** What a {@link QueueStatistics} works with. */
export interface QueueStatisticsParts {
  readonly adapter: QueueAdapter;
  readonly clock: Clock;
  /** Whether what becomes of the jobs that this process runs is counted. */
  readonly isCounting: boolean;
  /** Milliseconds an answer is given again. */
  readonly ttl: number;
  /** Told when the store does not take the counts; they are tried again. */
  readonly onError: (error: unknown) => void;
}

/** How queues stand and did, for any number of people who ask at once. */
export class QueueStatistics {
  readonly #parts: QueueStatisticsParts;
  readonly #counts: KeptCounts;
  readonly #histories: KeptReads<QueueHistory>;
  readonly #throughputs: KeptReads<number | null>;
  readonly #shelf: TallyShelf;
  readonly #recorder: TallyRecorder | undefined;

  constructor(parts: QueueStatisticsParts) {
    const { adapter, clock, ttl, isCounting } = parts;
    this.#parts = parts;
    this.#counts = new KeptCounts(parts);
    this.#histories = new KeptReads(clock, ttl);
    this.#throughputs = new KeptReads(clock, ttl);
    this.#shelf = new TallyShelf(adapter.shared ?? new SharedValues(clock));
    if (isCounting) this.#recorder = new TallyRecorder({ ...parts, shelf: this.#shelf });
  }

  /** @throws {TownKrierError} `CONFIG_INVALID` for a wrong range. */
  async get(queue: string | undefined, options: StatisticsOptions): Promise<QueueInsight> {
    const range = resolveRange(options, this.#parts.clock.now());
    const name = queue ?? ALL_QUEUES;
    const [counts, history] = await Promise.all([this.#counts.get(name), this.#history(name, range)]);
    return { queue: queue ?? null, counts, history };
  }

  /** `null` when the job does not wait, or is not kept. @throws {QueueError} `QUEUE_UNSUPPORTED`. */
  async position(jobId: string): Promise<QueuePosition | null> {
    const { adapter } = this.#parts;
    if (adapter.countAhead === undefined) throw unsupported('way to tell how many jobs are ahead of one');
    const [ahead, job] = await Promise.all([adapter.countAhead(jobId), adapter.getJob(jobId)]);
    if (ahead === null || job === null) return null;
    return { ahead, etaMs: await nullWhileAway(this.#eta(job.queue, ahead)) };
  }

  /** Puts the last counts where all processes see them. Never rejects. */
  async close(): Promise<void> {
    await this.#recorder?.close();
  }

  async #eta(queue: string, ahead: number): Promise<number | null> {
    const { shared } = this.#parts.adapter;
    if (shared !== undefined && (await isPaused(shared, queue))) return null;
    const throughput = await this.#throughputs.get(queue, () => this.#throughput(queue));
    return throughput === null ? null : Math.round((ahead + 1) / throughput);
  }

  async #throughput(queue: string): Promise<number | null> {
    await this.#recorder?.flush();
    const now = this.#parts.clock.now();
    const slots = await this.#shelf.read({ grain: MINUTE, queue }, now - THROUGHPUT_WINDOW, now + 1);
    return throughputOf(slots, now);
  }

  async #history(queue: string, range: StatisticsRange): Promise<QueueHistory | null> {
    if (this.#recorder === undefined && this.#parts.adapter.shared === undefined) return null;
    const { grain, from, to, step } = range;
    const key = `${grain.name} ${from} ${to} ${step} ${queue}`;
    return nullWhileAway(this.#histories.get(key, () => this.#readHistory(queue, range)));
  }

  async #readHistory(queue: string, range: StatisticsRange): Promise<QueueHistory> {
    const { adapter, clock } = this.#parts;
    // So that whoever runs jobs himself sees them at once.
    await this.#recorder?.flush();
    const slots = await this.#shelf.read({ grain: range.grain, queue }, range.from, range.to);
    const scope = adapter.shared === undefined ? 'process' : 'backend';
    return { scope, ...toHistory(range, slots, clock.now()) };
  }
}

async function nullWhileAway<Value>(reading: Promise<Value>): Promise<Value | null> {
  try {
    return await reading;
  } catch (error) {
    if (isAway(error)) return null;
    throw error;
  }
}

async function isPaused(shared: SharedState, queue: string): Promise<boolean> {
  const entry = await shared.read(pauseKey(queue));
  return entry !== null && (pauseOf(entry.value).until ?? Number.POSITIVE_INFINITY) > (await shared.now());
}
