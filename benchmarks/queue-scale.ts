/**
 * What one claim, one reading of the statistics and one page of jobs cost while 1,000, 100,000 and 1,000,000 jobs are kept, in one of the stores, and in memory
 * also how much of it a waiting job takes. The aim is a flat line: at a million at most 1.5 times what it is at a thousand. The sizes are measured in turns, so
 * that a slow moment of the machine meets all three.
 *
 *     node --expose-gc benchmarks/queue-scale.ts [memory | sqlite | postgres]
 */
import Table from 'cli-table3';
import { type OpenStore, openStore, type StoreKind } from './engines/stores.ts';
import { payloadOf } from './harness/payload.ts';
import { machine } from './harness/report.ts';
import { analyze, type Place, startServices } from './harness/services.ts';
import { percentile } from './harness/statistics.ts';

const SIZES = [1_000, 100_000, 1_000_000] as const;
const KINDS = ['memory', 'sqlite', 'postgres'] as const;
const ROUNDS = 200;
const WARM_UP_ROUNDS = 40;
/** Milliseconds after which an operation has been measured often enough, once every size had its turn a few times. */
const LONG_ENOUGH = 15_000;
const FEWEST_ROUNDS = 5;
const JOBS_PER_ADD = 1_000;
const MOST_GROWTH = 1.5;

interface Backlog extends OpenStore {
  readonly size: number;
  readonly bytesPerJob: number;
}

/** What is measured; each leaves the backlog as large as it was. */
const OPERATIONS: Readonly<Record<string, (backlog: Backlog) => Promise<unknown>>> = {
  'claim one and give it back': claimOne,
  'add one and delete it': addOne,
  stats: ({ adapter }) => adapter.getStats(),
  'first page of 50': ({ adapter }) => adapter.findJobs({}),
  'first page of 50 of one status': ({ adapter }) => adapter.findJobs({ status: 'pending' }),
  'page of 50 of one status, in the middle': ({ adapter, size }) =>
    adapter.findJobs({ status: 'pending', offset: Math.floor(size / 4) }),
  'page of 50 of all, in the middle': ({ adapter, size }) =>
    adapter.findJobs({ offset: Math.floor(size / 2) }),
};

const kind = kindOf(process.argv[2] ?? 'memory');
/** A call in memory is too short for one reading of the clock. */
const callsPerSample = kind === 'memory' ? 10 : 1;
const services = await startServices(kind === 'postgres' ? ['postgres'] : []);
for (const reason of services.missing.values()) console.log(`left out: ${reason}`);
if (services.missing.size === 0) await measureAll();
await services.stop();

async function measureAll(): Promise<void> {
  const place = await services.open();
  const backlogs: Backlog[] = [];
  for (const size of SIZES) backlogs.push(await fill(place, size));
  await analyze(place);
  const rows = new Map<string, readonly (readonly number[])[]>();
  for (const [name, run] of Object.entries(OPERATIONS)) rows.set(name, await measure(backlogs, run));
  report(backlogs, rows);
  for (const { adapter } of backlogs) await adapter.close();
  await services.clean(place);
}

/** Three quarters of the jobs wait, in four priorities; a quarter is scheduled. */
async function fill(place: Place, size: number): Promise<Backlog> {
  const { adapter, store } = await openStore(kind, place, `backlog_${size}`, 2 * size);
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
  if (claimed.length !== 1) throw new Error('no job was claimed');
  const attempt = { outcome: 'interrupted', error: null, retryDelayMs: null } as const;
  await store.settle(claimed.map(({ fence }) => ({ ...fence, attempt, to: 'pending' })));
}

async function addOne({ adapter }: Backlog): Promise<void> {
  const [job] = await adapter.add([{ type: 'benchmark', payload: { ...payloadOf(0) } }]);
  if (job !== undefined) await adapter.deleteJob(job.id);
}

/** Microseconds of each call, by size. */
async function measure(
  backlogs: readonly Backlog[],
  run: (backlog: Backlog) => Promise<unknown>,
): Promise<readonly (readonly number[])[]> {
  const samples = backlogs.map((): number[] => []);
  const startedAt = performance.now();
  for (let round = 0; round < ROUNDS + WARM_UP_ROUNDS; round++) {
    const isLongEnough = performance.now() - startedAt > LONG_ENOUGH;
    if (isLongEnough && (samples[0]?.length ?? 0) >= FEWEST_ROUNDS) break;
    for (const [i, backlog] of backlogs.entries()) {
      const calledAt = performance.now();
      for (let call = 0; call < callsPerSample; call++) await run(backlog);
      const microseconds = ((performance.now() - calledAt) / callsPerSample) * 1_000;
      if (round >= WARM_UP_ROUNDS || isLongEnough) samples[i]?.push(microseconds);
    }
  }
  return samples;
}

function report(
  backlogs: readonly Backlog[],
  rows: ReadonlyMap<string, readonly (readonly number[])[]>,
): void {
  const head = [`${kind}: µs, p50 (p99)`, ...SIZES.map((size) => size.toLocaleString('en')), '1 M : 1 k'];
  const table = new Table({ head, style: { head: [], border: [] } });
  const results = [...rows].map(([operation, samples]) => {
    const p50 = samples.map((list) => percentile(list, 50));
    const p99 = samples.map((list) => percentile(list, 99));
    const growth = Number(((p50.at(-1) ?? 0) / (p50[0] ?? 1)).toFixed(2));
    const cells = p50.map((us, i) => `${format(us)} (${format(p99[i] ?? 0)})`);
    table.push([operation, ...cells, `${growth}${growth <= MOST_GROWTH ? '' : ' MISSED'}`]);
    return { operation, p50, p99, growth, isMet: growth <= MOST_GROWTH };
  });
  const bytes = backlogs.map(({ bytesPerJob }) => bytesPerJob);
  if (kind === 'memory') table.push(['heap bytes a waiting job', ...bytes.map(String), '']);
  console.log(table.toString());
  console.log(
    JSON.stringify({
      benchmark: `queue-scale ${kind}`,
      ...machine(),
      results,
      ...(kind === 'memory' && { bytesPerWaitingJob: bytes.at(-1) }),
    }),
  );
}

function format(microseconds: number): string {
  return microseconds.toLocaleString('en', { maximumFractionDigits: microseconds < 100 ? 1 : 0 });
}

function kindOf(word: string): StoreKind {
  const found = KINDS.find((one) => one === word);
  if (found === undefined) throw new Error(`"${word}" is no store; there are ${KINDS.join(', ')}`);
  return found;
}
