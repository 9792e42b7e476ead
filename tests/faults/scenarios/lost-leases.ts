import { type Backend, through } from '../harness/backends.ts';
import { defineScenario, type Outcome, type Place, sumOutcomes, toOutcome } from '../harness/scenario.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { Trial, type WorkerOverrides } from '../harness/trial.ts';
import { until } from '../harness/until.ts';
import type { WorkerProcess } from '../harness/worker-process.ts';

/** Milliseconds. */
const LEASE = 1_500;
const PROVIDER_LATENCY = 500;
const IN_HAND = 5;

/** A way to make a worker miss its lease with jobs in hand, and come back afterwards. */
interface Absence {
  readonly row: number;
  readonly name: string;
  readonly backends: readonly Backend[];
  /** What the worker needs to be told for it. */
  readonly overrides?: WorkerOverrides;
  begin(worker: WorkerProcess, proxy: TcpProxy | null): Promise<void>;
  end(worker: WorkerProcess, proxy: TcpProxy | null): void;
}

const ABSENCES: readonly Absence[] = [
  {
    row: 9,
    name: 'process frozen (SIGSTOP) longer than its lease',
    backends: ['sqlite', 'postgres', 'bullmq'],
    begin: async (worker) => worker.signal('SIGSTOP'),
    end: (worker) => worker.signal('SIGCONT'),
  },
  {
    row: 9,
    name: 'network frozen (half-open) longer than the lease',
    backends: ['postgres', 'bullmq'],
    begin: async (_, proxy) => proxy?.freeze(),
    end: (_, proxy) => proxy?.clear(),
  },
  {
    row: 11,
    name: 'event loop blocked for two leases',
    backends: ['sqlite', 'postgres', 'bullmq'],
    overrides: { blockLoop: { times: 1, ms: 2 * LEASE } },
    begin: async (worker) => void (await until('it blocks', () => worker.notes('block').length > 0)),
    end: () => undefined,
  },
];

/**
 * Rows 9 and 11: a worker is away for longer than its lease, while the provider takes what it sent. Another worker takes its jobs over. When it is back, what
 * it reports is refused and recorded as late. No message is accepted twice: by its key, or because a delivery that nobody can know of is listed instead.
 */
export const lostLeases = ABSENCES.flatMap((absence) =>
  [true, false].map((honoursKeys) =>
    defineScenario<{ readonly rounds: number }>({
      row: absence.row,
      name: `${absence.name}${honoursKeys ? '' : '; a provider without keys'}`,
      backends: absence.backends,
      sizes: { ci: { rounds: 1 }, short: { rounds: 10 }, full: { rounds: 100 } },
      async run(place, { rounds }) {
        const outcomes: Outcome[] = [];
        for (let round = 0; round < rounds; round++) outcomes.push(await beAway(place, absence, honoursKeys));
        return sumOutcomes(outcomes);
      },
    }),
  ),
);

async function beAway(place: Place, absence: Absence, honoursKeys: boolean): Promise<Outcome> {
  const proxy = place.server === null ? null : await TcpProxy.to(place.server.port);
  await using trial = await Trial.open({
    ...place,
    options: { leaseMs: LEASE },
    provider: { honoursKeys, latency: [PROVIDER_LATENCY, PROVIDER_LATENCY] },
  });
  await trial.produce(IN_HAND);
  const queue = proxy === null ? trial.address : through(proxy.port, trial.address);
  const absent = trial.startWorker({ queue, ...absence.overrides });
  await until('all its requests are under way', async () => (await trial.provider.received()) === IN_HAND);
  await absence.begin(absent, proxy);
  trial.startWorker();
  await trial.drained();
  absence.end(absent, proxy);
  await until('its reports are refused', () => absent.runs().every(({ outcome }) => outcome === 'late'));
  const verdict = await trial.check();
  await proxy?.close();
  return toOutcome([1, 'absences'], verdict, {
    broken:
      verdict.figures.late === IN_HAND
        ? []
        : [`${verdict.figures.late} of ${IN_HAND} reports recorded as late`],
  });
}
