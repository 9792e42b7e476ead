import assert from 'node:assert/strict';
import { type JsonValue, TownKrierError } from '@townkrier/core';
import type { QueueEventName, QueueEvents } from '../events.ts';
import type { JobStatus, QueueJob } from '../job.ts';
import type { JobHandler, NewJob, QueueAdapter, Worker, WorkOptions } from '../queue-adapter.ts';
import { HandlerProbe } from './handler-probe.ts';
import type { QueueAdapterHarness } from './harness.ts';

/** How often a case looks again before it says it waited in vain; each look lets the adapter go on by `advance(0)`. */
const LOOKS = 150;

/** Looks after which the cases believe that something does not happen. */
const QUIET_LOOKS = 3;

/** What the suite's jobs are unless a case says otherwise: one try, no limit that a case could meet by accident. */
const PLAIN_JOB = {
  type: 'test.job',
  payload: null,
  maxRetries: 0,
  timeout: 1_000_000_000,
  backoff: { type: 'fixed', delay: 1000, factor: 1, maxDelay: 86_400_000, jitter: 'none' },
} satisfies NewJob;

/** A worker started by a case, with the probe that is its handler. */
export interface ProbedWorker {
  readonly worker: Worker;
  readonly probe: HandlerProbe;
}

/** What a case works with: one fresh adapter, and words to say what is done and expected. */
export class CaseContext {
  readonly harness: QueueAdapterHarness;
  readonly adapter: QueueAdapter;
  readonly #probes: HandlerProbe[] = [];

  constructor(harness: QueueAdapterHarness) {
    this.harness = harness;
    this.adapter = harness.adapter;
  }

  /** A job of the suite's plain kind, to be added. */
  plain(job: Partial<NewJob> = {}): NewJob {
    return { ...PLAIN_JOB, ...job };
  }

  /** Adds one job. */
  async add(job: Partial<NewJob> = {}): Promise<QueueJob> {
    const [added] = await this.addAll([job]);
    assert.ok(added, 'add gives back the job');
    return added;
  }

  /** Adds several in one call. */
  async addAll(jobs: readonly Partial<NewJob>[]): Promise<QueueJob[]> {
    return this.inTime(this.adapter.add(jobs.map((job) => this.plain(job))), 'add resolves');
  }

  /** Starts a worker, of `adapter` if given; its handler hangs until the case ends each call, or does what `behave` says. */
  work(
    options: WorkOptions & { readonly behave?: JobHandler; readonly adapter?: QueueAdapter } = {},
  ): ProbedWorker {
    const { behave, adapter = this.adapter, ...workOptions } = options;
    const probe = new HandlerProbe(() => this.harness.now(), behave);
    this.#probes.push(probe);
    return { probe, worker: adapter.work(probe.handler, workOptions) };
  }

  /** Lets time pass. */
  advance(ms: number): Promise<void> {
    return this.harness.advance(ms);
  }

  /** Waits for what needs no time to pass, only its turn. */
  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let look = 0; look < LOOKS; look += 1) {
      if (await condition()) return;
      await this.harness.advance(0);
    }
    assert.fail(`waited in vain until ${what}`);
  }

  /** Gives whatever should not happen the chance to. */
  async quiet(): Promise<void> {
    for (let look = 0; look < QUIET_LOOKS; look += 1) await this.harness.advance(0);
  }

  /** The promise's value, without waiting for ever when it never comes. */
  async inTime<T>(promise: Promise<T>, what: string): Promise<T> {
    let isOver = false;
    const note = () => {
      isOver = true;
    };
    promise.then(note, note);
    await this.until(() => isOver, what);
    return promise;
  }

  /** Whether a promise is still open after it had its chance. */
  async isOpen(promise: Promise<unknown>): Promise<boolean> {
    let isOpen = true;
    const note = () => {
      isOpen = false;
    };
    promise.then(note, note);
    await this.quiet();
    return isOpen;
  }

  /** Expects a refusal with this code; with none, any error of the library. */
  async refuses(promise: Promise<unknown>, code?: string): Promise<void> {
    const settled = promise.then(
      (value) => ({ isRefused: false, value }) as const,
      (error: unknown) => ({ isRefused: true, value: error }) as const,
    );
    const { isRefused, value } = await this.inTime(settled, 'the call is refused');
    assert.ok(isRefused, `expected a refusal${code ? ` with ${code}` : ''}, but it resolved`);
    assert.ok(
      TownKrierError.is(value, code),
      `expected ${code ?? 'an error of the library'}, got ${String(value)}`,
    );
  }

  /** A job the adapter must know. */
  async job(id: string): Promise<QueueJob> {
    const job = await this.adapter.getJob(id);
    assert.ok(job, `job ${id} is kept`);
    return job;
  }

  /** Waits until a job has a status, as the adapter and as the backend tell it, and gives the job. */
  async reaches(id: string, status: JobStatus): Promise<QueueJob> {
    await this.until(
      async () => (await this.adapter.getJob(id))?.status === status,
      `job ${id} is ${status}`,
    );
    assert.equal((await this.harness.inspect(id))?.status, status, `what is stored of job ${id}`);
    return this.job(id);
  }

  /** Waits until the handler was called `times` in all. */
  async started(probe: HandlerProbe, times = 1): Promise<void> {
    await this.until(
      () => probe.starts.length >= times,
      `the handler was called ${times} times (${probe.starts.length} so far)`,
    );
    await this.quiet();
    assert.equal(probe.starts.length, times, 'calls of the handler');
  }

  /** Adds a job, runs its one try to the end, and gives the job as it then is. */
  async runOnce(
    job: Partial<NewJob>,
    end: { readonly result?: JsonValue } | { readonly error: unknown },
  ): Promise<QueueJob> {
    const added = await this.add(job);
    const { worker } = this.work({
      behave: () => {
        if ('error' in end) throw end.error;
        return end.result;
      },
    });
    await this.until(async () => {
      const { status } = await this.job(added.id);
      return status !== 'pending' && status !== 'processing';
    }, 'the try ended');
    await this.inTime(worker.stop(), 'the worker stops');
    return this.job(added.id);
  }

  /** Notes all events of some names as they come. */
  listen<Name extends QueueEventName>(...names: Name[]): { name: Name; event: QueueEvents[Name] }[] {
    const heard: { name: Name; event: QueueEvents[Name] }[] = [];
    for (const name of names) this.adapter.on(name, (event) => heard.push({ name, event }));
    return heard;
  }

  /** Ends hanging handlers and frees the harness. */
  async end(): Promise<void> {
    for (const probe of this.#probes) probe.letGo();
    await this.quiet();
    const closing = this.harness.close();
    if (await this.isOpen(closing)) await this.harness.advance(this.harness.limits.shutdownTimeoutMs);
    await this.inTime(closing, 'the harness closes');
  }
}
