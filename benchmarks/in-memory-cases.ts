import { InMemoryQueueAdapter, type NewJob } from '@townkrier/queue';
import fastq from 'fastq';
import PQueue from 'p-queue';
import { type BenchmarkPayload, idOf, payloadOf } from './harness/payload.ts';

/** The four priorities that jobs take in turn. */
const PRIORITIES = [1, 5, 10, 20] as const;
/** Calls of `add` that wait for their promises at once. */
const IN_FLIGHT = 1_000;

/** How many jobs a second were added, run, and both. */
export type Throughput = Readonly<Record<'addsPerSecond' | 'runsPerSecond' | 'endToEndPerSecond', number>>;

/** One pass: adds so many jobs to the idle engine, then works them off. */
export type Pass = (jobs: number) => Promise<Throughput>;

/** Each case makes an engine that lives for all its passes, as it does in an app, with so many handlers at once. */
export const CASES: Readonly<Record<string, (concurrency: number) => Pass>> = {
  'townkrier, one by one': (concurrency) => openTownKrier(concurrency, 1),
  'townkrier, 100 an add': (concurrency) => openTownKrier(concurrency, 100),
  'binary heap loop': openHeapLoop,
  'fastq promise': openFastq,
  'p-queue, 4 priorities': openPQueue,
};

function openTownKrier(concurrency: number, batch: number): Pass {
  const adapter = new InMemoryQueueAdapter();
  return async (jobs) => {
    const watch = new TwoPartWatch(jobs);
    for (let id = 0; id < jobs; id += IN_FLIGHT) await addInFlight(adapter, id, batch);
    watch.added();
    const done = new Countdown(jobs);
    const worker = adapter.work(async ({ job }) => done.read(job.payload), { concurrency });
    await done.promise;
    const throughput = watch.finish();
    await worker.stop();
    return throughput;
  };
}

/** Adds jobs in calls that wait side by side. */
async function addInFlight(adapter: InMemoryQueueAdapter, firstId: number, batch: number): Promise<void> {
  const adds: Promise<unknown>[] = [];
  for (let id = firstId; id < firstId + IN_FLIGHT; id += batch) {
    const jobs: NewJob[] = [];
    for (let i = id; i < id + batch; i++) {
      jobs.push({ type: 'benchmark', payload: payloadOf(i), priority: priorityOf(i) });
    }
    adds.push(adapter.add(jobs));
  }
  await Promise.all(adds);
}

/** The practical limit: a heap, a map by id, and loops; no ids of its own, no retries, no history. */
function openHeapLoop(concurrency: number): Pass {
  const heap = new BareHeap();
  const byId = new Map<string, BareJob>();
  return async (jobs) => {
    const watch = new TwoPartWatch(jobs);
    for (let id = 0; id < jobs; id++) {
      const job = newBareJob(id);
      byId.set(job.id, job);
      heap.push(job);
    }
    watch.added();
    const done = new Countdown(jobs);
    const handler = async (payload: unknown): Promise<undefined> => done.read(payload);
    const loop = async (): Promise<void> => {
      for (let job = heap.pop(); job !== undefined; job = heap.pop()) {
        job.status = 'processing';
        job.attempts++;
        await handler(job.payload);
        job.status = 'completed';
        byId.delete(job.id);
      }
    };
    for (let i = 0; i < concurrency; i++) void loop();
    await done.promise;
    return watch.finish();
  };
}

function openFastq(concurrency: number): Pass {
  let done = new Countdown(0);
  const handler = async (payload: BenchmarkPayload): Promise<undefined> => done.read(payload);
  const queue = fastq.promise<unknown, BenchmarkPayload, undefined>(handler, concurrency);
  return async (jobs) => {
    done = new Countdown(jobs);
    queue.pause();
    const watch = new TwoPartWatch(jobs);
    const pushed: Promise<unknown>[] = [];
    for (let id = 0; id < jobs; id++) pushed.push(queue.push(payloadOf(id)));
    watch.added();
    queue.resume();
    await Promise.all(pushed);
    return watch.finish();
  };
}

function openPQueue(concurrency: number): Pass {
  const queue = new PQueue({ concurrency });
  return async (jobs) => {
    const done = new Countdown(jobs);
    queue.pause();
    const watch = new TwoPartWatch(jobs);
    for (let id = 0; id < jobs; id++) {
      const payload = payloadOf(id);
      void queue.add(async () => done.read(payload), { priority: priorityOf(id) });
    }
    watch.added();
    queue.start();
    await done.promise;
    await queue.onIdle();
    return watch.finish();
  };
}

function priorityOf(id: number): number {
  return PRIORITIES[id % PRIORITIES.length] ?? 1;
}

/** Looks at the clock between adding and running. */
class TwoPartWatch {
  readonly #jobs: number;
  readonly #startedAt = performance.now();
  #addedAt = 0;

  constructor(jobs: number) {
    this.#jobs = jobs;
  }

  added(): void {
    this.#addedAt = performance.now();
  }

  finish(): Throughput {
    const now = performance.now();
    const perSecond = (ms: number): number => Math.round((this.#jobs / ms) * 1_000);
    return {
      addsPerSecond: perSecond(this.#addedAt - this.#startedAt),
      runsPerSecond: perSecond(now - this.#addedAt),
      endToEndPerSecond: perSecond(now - this.#startedAt),
    };
  }
}

/** Counts handlers; each reads one field of its payload, so that no engine can skip handing it over. */
class Countdown {
  readonly promise: Promise<void>;
  readonly #resolve: () => void;
  #left: number;

  constructor(jobs: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#left = jobs;
  }

  read(payload: unknown): undefined {
    idOf(payload);
    this.#left--;
    if (this.#left === 0) this.#resolve();
  }
}

interface BareJob {
  readonly id: string;
  readonly sequence: number;
  readonly priority: number;
  readonly createdAt: number;
  readonly payload: BenchmarkPayload;
  status: string;
  attempts: number;
}

function newBareJob(id: number): BareJob {
  return {
    id: `job-${id}`,
    sequence: id,
    priority: priorityOf(id),
    status: 'pending',
    attempts: 0,
    createdAt: Date.now(),
    payload: payloadOf(id),
  };
}

/** Highest priority first, first in first out within one. */
class BareHeap {
  readonly #jobs: BareJob[] = [];

  push(job: BareJob): void {
    const jobs = this.#jobs;
    let index = jobs.push(job) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = jobs[parentIndex];
      if (parent === undefined || !goesFirst(job, parent)) break;
      jobs[index] = parent;
      index = parentIndex;
    }
    jobs[index] = job;
  }

  pop(): BareJob | undefined {
    const jobs = this.#jobs;
    const first = jobs[0];
    const last = jobs.pop();
    if (last === undefined || jobs.length === 0) return first;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = jobs[childIndex];
      const right = jobs[childIndex + 1];
      if (child !== undefined && right !== undefined && goesFirst(right, child)) {
        child = right;
        childIndex++;
      }
      if (child === undefined || !goesFirst(child, last)) break;
      jobs[index] = child;
      index = childIndex;
    }
    jobs[index] = last;
    return first;
  }
}

function goesFirst(a: BareJob, b: BareJob): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.sequence < b.sequence);
}
