import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Backend, through } from '../harness/backends.ts';
import { defineScenario, type Outcome, type Place, sumOutcomes, toOutcome } from '../harness/scenario.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { Trial } from '../harness/trial.ts';
import { until } from '../harness/until.ts';
import type { WorkerProcess } from '../harness/worker-process.ts';

/** Milliseconds. */
const LEASE = 1_500;
const IN_HAND = 5;

/** What a way to be away works on. */
interface Absent {
  readonly worker: WorkerProcess;
  /** Between the worker and its server, where it has one. */
  readonly proxy: TcpProxy | null;
  /** A file that is not there yet. */
  readonly file: string;
}

/** A way to make a worker miss its lease with jobs in hand, and come back afterwards. */
interface Absence {
  readonly row: number;
  readonly name: string;
  readonly backends: readonly Backend[];
  begin(absent: Absent): Promise<unknown>;
  end(absent: Absent): void;
}

const ABSENCES: readonly Absence[] = [
  {
    row: 9,
    name: 'process frozen (SIGSTOP) longer than its lease',
    backends: ['sqlite', 'postgres', 'bullmq'],
    begin: async ({ worker }) => worker.signal('SIGSTOP'),
    end: ({ worker }) => worker.signal('SIGCONT'),
  },
  {
    row: 9,
    name: 'network frozen (half-open) longer than the lease',
    backends: ['postgres', 'bullmq'],
    begin: async ({ proxy }) => proxy?.freeze(),
    end: ({ proxy }) => proxy?.clear(),
  },
  {
    row: 11,
    name: 'event loop blocked longer than the lease',
    backends: ['sqlite', 'postgres', 'bullmq'],
    begin({ worker }) {
      worker.signal('SIGUSR2');
      return until('it blocks', () => worker.notes('block').length > 0);
    },
    end: ({ file }) => writeFileSync(file, ''),
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
    provider: { honoursKeys, rules: [{ does: 'wait for other rules', times: IN_HAND, per: 'all' }] },
  });
  await trial.produce(IN_HAND);
  const queue = proxy === null ? trial.address : through(proxy.port, trial.address);
  const file = join(trial.folder, 'wake-up');
  const absent = { worker: trial.startWorker({ queue, blockUntil: file }), proxy, file };
  await until('all its requests are under way', async () => (await trial.provider.received()) === IN_HAND);
  await trial.startWorker().ready;
  await absence.begin(absent);
  await trial.provider.follow([]);
  await trial.drained();
  absence.end(absent);
  await until('its reports are refused', () =>
    absent.worker.runs().every(({ outcome }) => outcome === 'late'),
  );
  const verdict = await trial.check();
  await proxy?.close();
  return toOutcome([1, 'absences'], verdict, {
    broken:
      verdict.figures.late === IN_HAND
        ? []
        : [`${verdict.figures.late} of ${IN_HAND} reports recorded as late`],
  });
}
