import type { Clock, Timer } from '@townkrier/core';
import { OneAtATime } from '../failover/one-at-a-time.ts';
import type { QueueAdapter } from '../queue-adapter.ts';
import { floorTo, GRAINS, MINUTE } from './grain.ts';
import { Tally } from './tally.ts';
import { ALL_QUEUES, type Slot, SWEEP_EVERY, type TallyShelf } from './tally-shelf.ts';

/** Milliseconds after which what was counted is put where all processes see it. A crash loses as much. */
const FLUSH_EVERY = 10_000;

/** What a {@link TallyRecorder} works with. */
export interface TallyRecorderParts {
  readonly adapter: Pick<QueueAdapter, 'on'>;
  readonly shelf: TallyShelf;
  readonly clock: Clock;
  /** Told when the store fails; what it did not take is kept and tried again. */
  readonly onError: (error: unknown) => void;
}

interface Portion {
  readonly slot: Slot;
  readonly tally: Tally;
}

/** Counts what becomes of the jobs that this process runs. While none ends, nothing is written and no timer runs. */
export class TallyRecorder {
  readonly #parts: TallyRecorderParts;
  readonly #stops: readonly (() => void)[];
  readonly #flushes = new OneAtATime();
  /** By the minute, and then by the queue. */
  #counted = new Map<number, Map<string, Tally>>();
  /** The one that the last job was counted in, as the next most likely is. */
  #latest: Portion | undefined;
  /** What is on its way to the shelf, by slot. */
  readonly #outgoing = new Map<string, Portion>();
  #timer: Timer | undefined;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(parts: TallyRecorderParts) {
    this.#parts = parts;
    const { adapter } = parts;
    this.#stops = [
      adapter.on('job:completed', ({ queue, at, runMs, waitMs }) => {
        const tally = this.#tallyOf(queue, at);
        tally.completed++;
        tally.run.add(runMs);
        tally.wait.add(waitMs);
      }),
      adapter.on('job:failed', ({ queue, at, runMs, waitMs }) => {
        const tally = this.#tallyOf(queue, at);
        tally.failed++;
        if (runMs !== null) tally.run.add(runMs);
        if (waitMs !== null) tally.wait.add(waitMs);
      }),
      adapter.on('job:retrying', ({ queue, at }) => {
        this.#tallyOf(queue, at).retried++;
      }),
    ];
  }

  /** Puts on the shelf what was counted. @throws what the store throws; the rest is tried again with the next. */
  flush(): Promise<void> {
    return this.#flushes.run(async () => {
      this.#takeOut();
      for (const [key, { slot, tally }] of this.#outgoing) {
        const isKept = slot.at >= this.#parts.clock.now() - slot.grain.keepMs;
        if (isKept) await this.#parts.shelf.add(slot, tally);
        this.#outgoing.delete(key);
      }
    });
  }

  /** Counts no more, and puts the last on the shelf. Never rejects. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#timer?.cancel();
    await this.flush().catch(this.#parts.onError);
    await this.#sweeping;
  }

  #tallyOf(queue: string, at: Date): Tally {
    const minute = floorTo(at.getTime(), MINUTE.ms);
    const latest = this.#latest;
    if (latest?.slot.at === minute && latest.slot.queue === queue) return latest.tally;
    this.#timer ??= this.#planFlush();
    const queues = getOrAdd(this.#counted, minute, () => new Map<string, Tally>());
    const tally = getOrAdd(queues, queue, () => new Tally());
    this.#latest = { slot: { grain: MINUTE, queue, at: minute }, tally };
    return tally;
  }

  #planFlush(): Timer {
    return this.#parts.clock.schedule(() => {
      this.#timer = undefined;
      void this.#flushInTime();
    }, FLUSH_EVERY);
  }

  async #flushInTime(): Promise<void> {
    try {
      await this.flush();
      this.#sweepNowAndThen();
    } catch (error) {
      this.#timer ??= this.#planFlush();
      this.#parts.onError(error);
    }
  }

  #sweepNowAndThen(): void {
    const { clock, shelf, onError } = this.#parts;
    const now = clock.now();
    if (now - this.#sweptAt < SWEEP_EVERY) return;
    this.#sweptAt = now;
    this.#sweeping = shelf.sweep(now).catch(onError);
  }

  /** Each count belongs to a minute and to an hour, of its queue and of all. */
  #takeOut(): void {
    const counted = this.#counted;
    this.#counted = new Map();
    this.#latest = undefined;
    for (const [minute, queues] of counted) {
      for (const [name, tally] of queues) {
        for (const queue of [name, ALL_QUEUES]) {
          for (const grain of GRAINS) this.#send({ grain, queue, at: floorTo(minute, grain.ms) }, tally);
        }
      }
    }
  }

  #send(slot: Slot, tally: Tally): void {
    const key = `${slot.grain.name} ${slot.at} ${slot.queue}`;
    getOrAdd(this.#outgoing, key, () => ({ slot, tally: new Tally() })).tally.add(tally);
  }
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const kept = map.get(key);
  if (kept !== undefined) return kept;
  const created = create();
  map.set(key, created);
  return created;
}
