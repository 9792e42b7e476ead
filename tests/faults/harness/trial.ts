import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TownKrierError } from '@townkrier/core';
import type { JobAttempt, QueueJob, QueueManager } from '@townkrier/queue';
import { createApp } from './app.ts';
import {
  type Backend,
  type BackendServer,
  freshAddress,
  openQueue,
  type QueueAddress,
  type QueueOptions,
} from './backends.ts';
import { check, type Evidence, type Expectations, type FinalJob, type Verdict } from './checker.ts';
import { numberOf, type ProduceOptions, type ProducerRecord, produce, readRecord } from './producer.ts';
import { type Provider, type ProviderSettings, startProvider } from './provider.ts';
import { SeededRandom } from './seeded-random.ts';
import { until } from './until.ts';
import { startWorker, type WorkerProcess, type WorkerSettings } from './worker-process.ts';

/** Jobs read at once when the queue is asked about each. */
const READ_AT_ONCE = 200;

/** What a trial is made of. */
export interface TrialOptions {
  readonly backend: Backend;
  /** The server of the backend, where it needs one. */
  readonly server: BackendServer | null;
  readonly seed: number;
  /** Where the queue is. @default a fresh place */
  readonly address?: QueueAddress;
  /** Options of every adapter that is opened. */
  readonly options?: QueueOptions;
  /** @default ['email'] */
  readonly channels?: readonly string[];
  readonly provider?: Partial<Omit<ProviderSettings, 'ledger'>>;
}

/** What a worker of a trial may be told besides what all are. */
export type WorkerOverrides = Partial<Omit<WorkerSettings, 'runLog'>>;

/** One queue, one provider, a producer in this process, any number of worker processes, and a checker for what they leave behind. */
export class Trial {
  readonly random: SeededRandom;
  readonly provider: Provider;
  /** The queue, opened in this process to enqueue and to look; no worker. */
  readonly queue: QueueManager;
  readonly address: QueueAddress;
  /** All that were ever started. */
  readonly workers: WorkerProcess[] = [];
  readonly #given: TrialOptions;
  readonly #folder: string;
  /** Workers that somebody ended on purpose. */
  readonly #ended = new Set<WorkerProcess>();

  private constructor(
    given: TrialOptions,
    parts: { folder: string; address: QueueAddress; provider: Provider; queue: QueueManager },
  ) {
    this.#given = given;
    this.#folder = parts.folder;
    this.address = parts.address;
    this.provider = parts.provider;
    this.queue = parts.queue;
    this.random = new SeededRandom(given.seed);
  }

  static async open(given: TrialOptions): Promise<Trial> {
    const folder = mkdtempSync(join(tmpdir(), 'townkrier-faults-'));
    const address = given.address ?? freshAddress(given.backend, folder, given.server?.url);
    const provider = await startProvider(folder, { honoursKeys: true, ...given.provider });
    // That a server is away, those who call hear; what is tried again in the background is nobody's news here.
    const { adapter } = await openQueue(address, { ...given.options, onError: () => undefined });
    const queue = createApp(adapter, { providerUrl: provider.url, honoursKeys: true });
    return new Trial(given, { folder, address, provider, queue });
  }

  get folder(): string {
    return this.#folder;
  }

  /** Enqueues notifications and keeps record of it. */
  produce(count: number, options: Partial<ProduceOptions> = {}): Promise<void> {
    return produce(this.queue, this.#folder, { from: 1, count, channels: this.#given.channels, ...options });
  }

  /** The first number that no notification has yet. */
  nextNumber(): number {
    return Math.max(0, ...this.record().attempted) + 1;
  }

  record(): ProducerRecord {
    return readRecord(this.#folder);
  }

  startWorker(overrides: WorkerOverrides = {}): WorkerProcess {
    const { options = {}, channels = ['email'], provider } = this.#given;
    const app = { providerUrl: this.provider.url, honoursKeys: provider?.honoursKeys ?? true, channels };
    const worker = startWorker(this.#folder, `worker-${this.workers.length + 1}`, {
      queue: this.address,
      options,
      app,
      concurrency: 10,
      ...overrides,
    });
    this.workers.push(worker);
    return worker;
  }

  /** Ends a worker with a signal and resolves when it is gone. Only workers that are ended so, or by `expectEnd`, may end. */
  async end(worker: WorkerProcess, signal: NodeJS.Signals): Promise<void> {
    this.expectEnd(worker);
    worker.signal(signal);
    await worker.exited;
  }

  /** Says that a worker is meant to end by itself. */
  expectEnd(worker: WorkerProcess): void {
    this.#ended.add(worker);
  }

  /** How many jobs have not ended, as the queue counts them. */
  async unended(): Promise<number> {
    const { pending, scheduled, processing, retrying } = await this.queue.getStats();
    return pending + scheduled + processing + retrying;
  }

  /** Whether none is left; while its server is away, nobody can say. */
  async isDrained(): Promise<boolean> {
    return (await unlessAway(this.unended())) === 0;
  }

  /** Resolves when every job has ended. */
  async drained(deadline?: number): Promise<void> {
    await until('every job has ended', () => this.isDrained(), deadline);
  }

  /**
   * Starts again, as an operator would, the jobs that failed for a reason, until none is left that did. @returns how many starts that took.
   *
   * @param isWanted - Which ones, by number. @default all
   */
  async replay(reason: string, isWanted: (n: number) => boolean = () => true): Promise<number> {
    let replays = 0;
    for (;;) {
      const failed = await this.queue.getJobs({ status: 'failed', limit: 1_000 });
      const some = failed.filter((job) => job.error?.code === reason && isWanted(numberOf(job)));
      if (some.length === 0) return replays;
      for (const { id } of some) await this.queue.retryJob(id);
      replays += some.length;
      await this.drained();
    }
  }

  /** Reads all that is left behind and checks it. */
  async check(expectations: Partial<Expectations> = {}): Promise<Verdict> {
    const { channels, provider } = this.#given;
    const honoursKeys = provider?.honoursKeys ?? true;
    return check(await this.evidence(), {
      ...(channels !== undefined && { channels }),
      honoursKeys,
      ...expectations,
    });
  }

  /** All that is left behind. */
  async evidence(): Promise<Evidence> {
    const { attempted, acknowledged } = this.record();
    const stats = await until('the queue gives its counts', () => unlessAway(this.queue.getStats()));
    return {
      attempted,
      acknowledged,
      runs: this.workers.flatMap((worker) => worker.runs()),
      ledger: this.provider.ledger(),
      jobs: await this.#finalJobs(acknowledged),
      stats: { ...stats },
      strangeExits: this.workers
        .filter((one) => one.exit() !== null && !this.#ended.has(one))
        .map(({ name }) => name),
    };
  }

  /** The numbers of the notifications of which a delivery is listed as `unknown`. */
  async unknown(): Promise<number[]> {
    const { jobs } = await this.evidence();
    return [...jobs].flatMap(([n, job]) => (job?.deliveries.some(isUnknown) ? [n] : []));
  }

  /** Ends everything. Keeps no file, unless `TOWNKRIER_FAULTS_KEEP` is set. */
  async close(): Promise<void> {
    const alive = this.workers.filter((worker) => worker.exit() === null);
    await Promise.all(alive.map((worker) => this.end(worker, 'SIGKILL')));
    await this.queue.close();
    await this.provider.stop();
    if (!process.env['TOWNKRIER_FAULTS_KEEP']) rmSync(this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #finalJobs(acknowledged: ReadonlyMap<number, string>): Promise<Map<number, FinalJob | null>> {
    const jobs = new Map<number, FinalJob | null>();
    const entries = [...acknowledged];
    for (let start = 0; start < entries.length; start += READ_AT_ONCE) {
      const some = entries.slice(start, start + READ_AT_ONCE);
      const found = await until('the queue gives its jobs', () =>
        unlessAway(Promise.all(some.map(([, jobId]) => this.queue.getJob(jobId)))),
      );
      some.forEach(([n], i) => {
        jobs.set(n, toFinalJob(found[i] ?? null));
      });
    }
    return jobs;
  }
}

function isUnknown({ status }: { readonly status: string }): boolean {
  return status === 'unknown';
}

/** What was asked of the queue; `null` while its server is away, or too busy to answer. */
async function unlessAway<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
  try {
    return await asked;
  } catch (error) {
    if (TownKrierError.is(error, 'QUEUE_UNAVAILABLE')) return null;
    throw error;
  }
}

function isLateRetry({ outcome, retryDelayMs }: JobAttempt): boolean {
  return outcome === 'late' && retryDelayMs !== null;
}

function toFinalJob(job: QueueJob | null): FinalJob | null {
  if (job === null) return null;
  const count = (outcome: string): number =>
    job.attemptLog.filter((entry) => entry.outcome === outcome).length;
  return {
    status: job.status,
    attempts: job.attempts,
    crashes: job.crashes,
    replays: job.replays,
    retries: count('retried'),
    possibleRetries: job.attemptLog.filter(isLateRetry).length,
    late: count('late'),
    errorCode: job.error?.code ?? null,
    deliveries: job.deliveries.map(({ channel, status }) => ({ channel, status })),
  };
}
