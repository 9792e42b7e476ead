import { join } from 'node:path';
import type { QueueAdapter } from '@townkrier/queue';
import type { BacklogFigures, BacklogSettings } from '../harness/backlog-program.ts';
import { startProgram } from '../harness/child-program.ts';
import { defineScenario } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';

const JOBS_AN_ADD = 500;
const ADDS_AT_ONCE = 4;
const A_DAY = 86_400_000;

interface Size {
  /** Ready jobs, and as many scheduled ones. */
  readonly backlog: number;
  /** Jobs done by the process that is started on it. */
  readonly done: number;
}

/** Row 16: a process starts on a queue in which very much waits. It finds its first job at once, and nothing is miscounted. Times are measured, not asserted. */
export const backlog = defineScenario<Size>({
  row: 16,
  name: 'restart on a large backlog',
  backends: ['sqlite', 'postgres', 'bullmq'],
  sizes: {
    ci: { backlog: 2_000, done: 100 },
    short: { backlog: 100_000, done: 2_000 },
    full: { backlog: 1_000_000, done: 2_000 },
  },
  async run(place, { backlog, done }) {
    const options = { maxJobs: 4 * backlog };
    await using trial = await Trial.open({ ...place, options });
    await fill(trial.queue.adapter, backlog, {});
    await fill(trial.queue.adapter, backlog, { scheduledFor: Date.now() + A_DAY });
    const settings: BacklogSettings = { queue: trial.address, options, jobs: done };
    const program = startProgram('./backlog-program.ts', settings, join(trial.folder, 'backlog.log'));
    const figures = (await program.ready) as BacklogFigures;
    await program.exited;
    const { pending, scheduled, processing, completed } = await trial.queue.getStats();
    const isRight =
      pending + completed === backlog && completed >= done && scheduled === backlog && processing === 0;
    return {
      injected: 2 * backlog,
      what: 'waiting jobs',
      figures: {},
      broken: isRight
        ? []
        : [`${pending} pending, ${scheduled} scheduled, ${processing} processing, ${completed} completed`],
      measured: {
        'first job ms': Math.round(figures.first),
        'a job ms, median': Number(figures.median.toFixed(2)),
        'a job ms, p99': Number(figures.p99.toFixed(2)),
        'stats ms': Number(figures.stats.toFixed(2)),
        'RSS growth MB': Math.round(figures.growth / 1e6),
      },
    };
  },
});

async function fill(
  adapter: QueueAdapter,
  count: number,
  job: { readonly scheduledFor?: number },
): Promise<void> {
  let left = count;
  const fillLane = async (): Promise<void> => {
    while (left > 0) {
      const some = Math.min(JOBS_AN_ADD, left);
      left -= some;
      await adapter.add(Array.from({ length: some }, () => ({ type: 'backlog', payload: null, ...job })));
    }
  };
  await Promise.all(Array.from({ length: ADDS_AT_ONCE }, fillLane));
}
