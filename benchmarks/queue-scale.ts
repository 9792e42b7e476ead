import { systemClock } from '@townkrier/core';
import { InMemoryJobStore, StoreQueueAdapter } from '@townkrier/queue';
import Table from 'cli-table3';
import { payloadOf } from './harness/payload.ts';

/*
 * What one claim, one reading of the statistics and one page of jobs cost while 1,000, 100,000 and 1,000,000 jobs are kept, and how much memory a waiting
 * job takes. The aim is a flat line: at a million at most 1.5 times what it is at a thousand. The sizes are measured in turns, so that a slow moment of
 * the machine meets all three.
 *
 * node --expose-gc benchmarks/queue-scale.ts
 */

const SIZES = [1_000, 100_000, 1_000_000] as const;
const ROUNDS = 200;
const CALLS_PER_SAMPLE = 10;
const WARM_UP_ROUNDS = 40;
const JOBS_PER_ADD = 1_000;
const MOST_GROWTH = 1.5;

interface Backlog {
  readonly size: number;
  readonly adapter: StoreQueueAdapter;
  readonly store: InMemoryJobStore;
  readonly bytesPerJob: number;
}

/** What is measured; each leaves the backlog as large as it was. */
const OPERATIONS: Readonly<Record<string, (backlog: Backlog) => Promise<unknown>>> = {
  'claim one and give it back': claimOne,
  'add one and delete it': addOne,
  stats: ({ adapter }) => adapter.getStats(),
  'first page of 50': ({ adapter }) => adapter.findJobs({}),
  'page of 50 of one status, in the middle': ({ adapter, size }) =>
    adapter.findJobs({ status: 'pending', offset: Math.floor(size / 4) }),
  'page of 50 of all, in the middle': ({ adapter, size }) =>
    adapter.findJobs({ offset: Math.floor(size / 2) }),
};

const backlogs: Backlog[] = [];
for (const size of SIZES) backlogs.push(await fill(size));
const rows: { readonly operation: string; readonly microseconds: readonly number[] }[] = [];
for (const operation of Object.keys(OPERATIONS))
  rows.push({ operation, microseconds: await measure(operation) });
report();
for (const { adapter } of backlogs) await adapter.close();

/** Three quarters of the jobs wait, in four priorities; a quarter is scheduled. */
async function fill(size: number): Promise<Backlog> {
  const history = { keepCompleted: 0, keepFailed: 0, keepCancelled: 0, finishedMaxAge: 0 };
  const store = new InMemoryJobStore({ clock: systemClock, maxJobs: 2 * size, ...history });
  const adapter = new StoreQueueAdapter(store);
  const inAnHour = Date.now() + 3_600_000;
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let id = 0; id < size; id += JOBS_PER_ADD) {
    const jobs = Array.from({ length: JOBS_PER_ADD }, (_, i) => ({
      type: 'benchmark',
      payload: { ...payloadOf(id + i) },
      priority: ((id + i) % 4) * 5,
      ...(i % 4 === 3 && { scheduledFor: inAnHour + id + i }),
    }));
    await adapter.add(jobs);
  }
  globalThis.gc?.();
  return { size, adapter, store, bytesPerJob: Math.round((process.memoryUsage().heapUsed - before) / size) };
}

/** Goes to the end of its priority, so that the next call claims another. */
async function claimOne({ store }: Backlog): Promise<void> {
  const claimed = await store.claim({ workerId: 'benchmark', limit: 1 });
  const attempt = { outcome: 'interrupted', error: null, retryDelayMs: null } as const;
  await store.settle(claimed.map(({ fence }) => ({ ...fence, attempt, to: 'pending' })));
}

async function addOne({ adapter }: Backlog): Promise<void> {
  const [job] = await adapter.add([{ type: 'benchmark', payload: { ...payloadOf(0) } }]);
  if (job !== undefined) await adapter.deleteJob(job.id);
}

/** The median of each size, in microseconds. */
async function measure(operation: string): Promise<number[]> {
  const samples = backlogs.map(() => [] as number[]);
  const run = OPERATIONS[operation];
  for (let round = 0; round < ROUNDS + WARM_UP_ROUNDS; round++) {
    for (const [i, backlog] of backlogs.entries()) {
      const startedAt = performance.now();
      for (let call = 0; call < CALLS_PER_SAMPLE; call++) await run?.(backlog);
      const microseconds = ((performance.now() - startedAt) / CALLS_PER_SAMPLE) * 1_000;
      if (round >= WARM_UP_ROUNDS) samples[i]?.push(microseconds);
    }
  }
  return samples.map((list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0);
}

function report(): void {
  const head = ['median µs', ...SIZES.map((size) => `${size.toLocaleString('en')} jobs`), '1 M : 1 k'];
  const table = new Table({ head, style: { head: [], border: [] } });
  const results = rows.map(({ operation, microseconds }) => {
    const ratio = Number(((microseconds.at(-1) ?? 0) / (microseconds[0] ?? 1)).toFixed(2));
    table.push([operation, ...microseconds.map((one) => one.toFixed(2)), ratio]);
    return { operation, microseconds, ratio, isFlat: ratio <= MOST_GROWTH };
  });
  const bytes = backlogs.map(({ bytesPerJob }) => bytesPerJob);
  table.push(['heap bytes a waiting job', ...bytes.map(String), '']);
  console.log(table.toString());
  console.log(JSON.stringify({ benchmark: 'queue-scale', results, bytesPerWaitingJob: bytes.at(-1) }));
}
