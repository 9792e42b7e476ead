import { DatabaseSync } from 'node:sqlite';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Backend, behind } from '../harness/backends.ts';
import { defineScenario, type Outcome, type Place, toOutcome } from '../harness/scenario.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { Trial } from '../harness/trial.ts';
import { until } from '../harness/until.ts';

/** What is promised: an enqueue that cannot be stored is refused within so many milliseconds. A busy machine gets some more before the test fails. */
const PROMISED = 2_000;
const GRACE = 10_000;
/** Bytes the heap may grow by, however many calls were refused. */
const MOST_GROWTH = 32 * 2 ** 20;
/** Calls under way at once. */
const LANES = 1_500;

/** A way for a backend to be away. */
interface Outage {
  readonly name: string;
  readonly backends: readonly Backend[];
  /** Begins it. @returns its end. */
  begin(trial: Trial, proxy: TcpProxy | null): () => void;
}

const OUTAGES: readonly Outage[] = [
  {
    name: 'refuses connections',
    backends: ['postgres', 'bullmq'],
    begin(_, proxy) {
      proxy?.refuse();
      return () => proxy?.clear();
    },
  },
  {
    name: 'does not answer (half-open)',
    backends: ['postgres', 'bullmq'],
    begin(_, proxy) {
      proxy?.freeze();
      return () => proxy?.clear();
    },
  },
  {
    name: 'is locked by another process',
    backends: ['sqlite'],
    begin({ address }) {
      const other = new DatabaseSync(address.backend === 'sqlite' ? address.file : '');
      other.exec('BEGIN IMMEDIATE');
      return () => other.close();
    },
  },
];

/** Row 18: while the backend is away, each enqueue is refused in time and by name; nothing piles up in memory; when it is back, all is well without a restart. */
export const backendDown = OUTAGES.map((outage) =>
  defineScenario<{ readonly calls: number }>({
    row: 18,
    name: `enqueue while the backend ${outage.name}`,
    backends: outage.backends,
    sizes: { ci: { calls: 1_500 }, full: { calls: 20_000 } },
    run: (place, { calls }) => enqueueDuring(outage, place, calls),
  }),
);

async function enqueueDuring(outage: Outage, place: Place, calls: number): Promise<Outcome> {
  const proxy = place.server === null ? null : await TcpProxy.to(place.server.port);
  await using trial = await Trial.open({
    ...place,
    server: proxy === null || place.server === null ? null : behind(proxy.port, place.server),
    ...(place.backend === 'sqlite' && { options: { busyTimeout: PROMISED } }),
  });
  await trial.produce(1);
  const endOutage = outage.begin(trial, proxy);
  await trial.produce(1, { from: 2 });
  const before = heapUsed();
  await trial.produce(calls, { from: 3, lanes: LANES });
  const growth = heapUsed() - before;
  const { refused, slowestRefusal } = trial.record();
  endOutage();
  const next = calls + 3;
  await until('the backend takes jobs again', async () => {
    await trial.produce(1, { from: next });
    return trial.record().acknowledged.has(next);
  });
  trial.startWorker();
  await trial.drained();
  const verdict = await trial.check();
  await proxy?.close();
  const others = [...refused.keys()].filter((code) => code !== 'QUEUE_UNAVAILABLE');
  return toOutcome([calls + 1, 'calls'], verdict, {
    broken: [
      ...(refused.get('QUEUE_UNAVAILABLE') === calls + 1 ? [] : ['not every call was refused']),
      ...(others.length === 0 ? [] : [`refused with ${others.join(', ')}`]),
      ...(slowestRefusal <= PROMISED + GRACE ? [] : [`a call was refused after ${slowestRefusal} ms`]),
      ...(growth <= MOST_GROWTH ? [] : [`the heap grew by ${growth} bytes`]),
    ],
    measured: { 'slowest refusal ms': slowestRefusal, 'heap growth kB': Math.round(growth / 1_024) },
  });
}

/** Bytes of the heap that are really in use. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}
