import { InMemoryQueueAdapter } from '@townkrier/queue';
import fastq from 'fastq';
import PQueue from 'p-queue';

/** The four priorities that jobs take in turn. */
const PRIORITIES = [1, 5, 10, 20] as const;
/** Calls of `add` that wait for their promises at once. */
const IN_FLIGHT = 1_000;

/** What a handler reads of a job: 190 bytes of JSON, as in the design's tables. */
export interface BenchmarkPayload {
  readonly id: number;
  readonly to: string;
  readonly template: string;
  readonly subject: string;
  readonly data: { readonly name: string; readonly url: string };
}

/** How many jobs a second were added, run, and both. */
export interface Throughput {
  readonly addsPerSecond: number;
  readonly runsPerSecond: number;
  readonly endToEndPerSecond: number;
}

export function payloadOf(id: number): BenchmarkPayload {
  return {
    id,
    to: `user${id}@example.com`,
    template: 'welcome',
    subject: 'Welcome aboard, and thank you for signing up',
    data: { name: `User ${id}`, url: 'https://example.com/confirm/abcdef' },
  };
}

/** Each case adds jobs to an idle queue, then works them off with as many handlers at once. */
export const CASES: Readonly<Record<string, (jobs: number, concurrency: number) => Promise<Throughput>>> = {
  'townkrier, one by one': (jobs, concurrency) => runTownKrier(jobs, concurrency, 1),
  'townkrier, 100 an add': (jobs, concurrency) => runTownKrier(jobs, concurrency, 100),
  'binary heap loop': runHeapLoop,
  'fastq promise': runFastq,
  'p-queue, 4 priorities': runPQueue,
};

async function runTownKrier(jobs: number, concurrency: number, batch: number): Promise<Throughput> {
  const adapter = new InMemoryQueueAdapter();
  const watch = new StopWatch(jobs);
  for (let id = 0; id < jobs; ) {
    const adds: Promise<unknown>[] = [];
    for (let i = 0; i < IN_FLIGHT / batch; i++) {
      const newJobs = Array.from({ length: batch }, () => ({
        type: 'benchmark',
        payload: { ...payloadOf(id) },
        priority: PRIORITIES[id++ % 4] ?? 1,
      }));
      adds.push(adapter.add(newJobs));
    }
    await Promise.all(adds);
  }
  watch.added();
  const done = countdown(jobs);
  adapter.work(
    async ({ job }) => {
      done.read(job.payload);
      return undefined;
    },
    { concurrency },
  );
  await done.promise;
  const throughput = watch.finish();
  await adapter.close();
  return throughput;
}

/** The practical limit: a heap, a map by id, and loops; no ids of its own, no retries, no history. */
async function runHeapLoop(jobs: number, concurrency: number): Promise<Throughput> {
  const heap = new BareHeap();
  const byId = new Map<string, BareJob>();
  const watch = new StopWatch(jobs);
  for (let id = 0; id < jobs; id++) {
    const job = {
      id: `job-${id}`,
      sequence: id,
      priority: PRIORITIES[id % 4] ?? 1,
      status: 'pending',
      attempts: 0,
      createdAt: Date.now(),
      payload: payloadOf(id),
    };
    byId.set(job.id, job);
    heap.push(job);
  }
  watch.added();
  const done = countdown(jobs);
  const handler = async (payload: unknown): Promise<void> => done.read(payload);
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
}

async function runFastq(jobs: number, concurrency: number): Promise<Throughput> {
  const done = countdown(jobs);
  const queue = fastq.promise<unknown, BenchmarkPayload>(async (payload) => done.read(payload), concurrency);
  queue.pause();
  const watch = new StopWatch(jobs);
  const pushed: Promise<unknown>[] = [];
  for (let id = 0; id < jobs; id++) pushed.push(queue.push(payloadOf(id)));
  watch.added();
  queue.resume();
  await Promise.all(pushed);
  return watch.finish();
}

async function runPQueue(jobs: number, concurrency: number): Promise<Throughput> {
  const done = countdown(jobs);
  const queue = new PQueue({ concurrency, autoStart: false });
  const watch = new StopWatch(jobs);
  for (let id = 0; id < jobs; id++) {
    const payload = payloadOf(id);
    void queue.add(async () => done.read(payload), { priority: PRIORITIES[id % 4] ?? 1 });
  }
  watch.added();
  queue.start();
  await done.promise;
  await queue.onIdle();
  return watch.finish();
}

class StopWatch {
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
function countdown(jobs: number): {
  readonly read: (payload: unknown) => void;
  readonly promise: Promise<void>;
} {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = jobs;
  const read = (payload: unknown): void => {
    if (typeof payload !== 'object' || payload === null || !('to' in payload)) throw new Error('no payload');
    left--;
    if (left === 0) resolve();
  };
  return { read, promise };
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
