import { setTimeout as wait } from 'node:timers/promises';
import type { Trial, WorkerOverrides } from './trial.ts';
import { until } from './until.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A schedule of ends. */
export interface EndSchedule {
  readonly times: number;
  /** Messages that are accepted between two ends: at least, at most. */
  readonly every: readonly [number, number];
  readonly signal: NodeJS.Signals;
}

/** Some workers of a trial, of which each that ends is replaced. */
export class Fleet {
  readonly #trial: Trial;
  readonly #overrides: WorkerOverrides;
  readonly #alive: WorkerProcess[];

  constructor(trial: Trial, size: number, overrides: WorkerOverrides = {}) {
    this.#trial = trial;
    this.#overrides = overrides;
    this.#alive = Array.from({ length: size }, () => trial.startWorker(overrides));
  }

  /**
   * Ends one worker after another, each when so much more is done, and starts another in its place. Which one, when, and how soon after the last message
   * is the seed's to say; what the workers do at that moment is not.
   *
   * @returns how long each took to end, in milliseconds.
   */
  async endSome({ times, every: [least, most], signal }: EndSchedule): Promise<number[]> {
    const { random, provider } = this.#trial;
    const took: number[] = [];
    let next = 0;
    for (let ended = 0; ended < times; ended++) {
      next += random.between(least, most);
      await until(`${next} messages`, () => provider.accepted() >= next, 120_000);
      await wait(random.between(0, 20));
      took.push(await this.#replace(random.between(0, this.#alive.length - 1), signal));
    }
    return took;
  }

  /** Keeps the number of workers up while they die by themselves, until `isOver`. */
  async keepUp(isOver: () => Promise<boolean>): Promise<number> {
    let deaths = 0;
    while (!(await isOver())) {
      for (const [index, worker] of this.#alive.entries()) {
        if (worker.exit() === null) continue;
        this.#trial.expectEnd(worker);
        deaths += 1;
        this.#alive[index] = this.#trial.startWorker(this.#overrides);
      }
      await wait(20);
    }
    return deaths;
  }

  async #replace(index: number, signal: NodeJS.Signals): Promise<number> {
    const worker = this.#alive[index];
    if (worker === undefined) throw new Error(`there is no worker ${index}`);
    // One that has not even started would make a kill that hits nothing.
    await worker.ready;
    const start = Date.now();
    await this.#trial.end(worker, signal);
    this.#alive[index] = this.#trial.startWorker(this.#overrides);
    return Date.now() - start;
  }
}
