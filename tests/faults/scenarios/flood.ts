import { defineScenario, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';
import { until } from '../harness/until.ts';

interface Size {
  readonly jobs: number;
  readonly maxJobs: number;
}

/** Row 17: a producer asks for far more than the workers can do. What does not fit is refused with `QUEUE_FULL`; what was taken is done. */
export const flood = defineScenario<Size>({
  row: 17,
  name: 'producer floods a queue with a cap',
  backends: ['sqlite', 'postgres', 'bullmq'],
  sizes: {
    ci: { jobs: 300, maxJobs: 40 },
    short: { jobs: 30_000, maxJobs: 1_000 },
    full: { jobs: 100_000, maxJobs: 2_000 },
  },
  async run(place, { jobs, maxJobs }) {
    await using trial = await Trial.open({
      ...place,
      options: { maxJobs },
      provider: { latency: [100, 200] },
    });
    const worker = trial.startWorker();
    await worker.ready;
    let isFlooding = true;
    const flooding = trial.produce(jobs).finally(() => {
      isFlooding = false;
    });
    let most = 0;
    let memory = 0;
    await until(
      'the flood is over',
      async () => {
        most = Math.max(most, await trial.unended());
        memory = Math.max(memory, process.memoryUsage().rss);
        return !isFlooding;
      },
      1_800_000,
    );
    await flooding;
    await trial.drained();
    const refused = trial.record().refused;
    const others = [...refused.keys()].filter((code) => code !== 'QUEUE_FULL');
    return toOutcome([jobs, 'enqueues'], await trial.check(), {
      broken: [
        ...(refused.has('QUEUE_FULL') ? [] : ['nothing was refused: that was no flood']),
        ...(others.length === 0 ? [] : [`refused with ${others.join(', ')}`]),
        ...(most <= maxJobs ? [] : [`${most} unfinished jobs; the cap is ${maxJobs}`]),
      ],
      measured: {
        refused: refused.get('QUEUE_FULL') ?? 0,
        'most kept': most,
        'producer RSS MB': Math.round(memory / 1e6),
      },
    });
  },
});
