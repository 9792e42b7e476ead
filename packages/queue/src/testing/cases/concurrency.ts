import assert from 'node:assert/strict';
import type { QueueAdapter } from '../../queue-adapter.ts';
import type { CaseContext } from '../case-context.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

/** Opens a second adapter over the same backend. */
async function connect(context: CaseContext): Promise<QueueAdapter> {
  assert.ok(context.harness.connect, 'a harness of a shared adapter can connect a second one');
  return context.harness.connect();
}

/** Lets two workers empty a full queue and checks that each job ran once, whoever took it. */
async function expectNoJobTwice(context: CaseContext, second: QueueAdapter): Promise<void> {
  const jobs = await context.addAll(Array.from({ length: 100 }, () => ({})));
  const behave = async () => {
    await Promise.resolve();
    return null;
  };
  const one = context.work({ concurrency: 5, behave });
  const two = context.work({ concurrency: 5, behave, adapter: second });
  await context.until(
    async () => (await context.adapter.getStats()).completed === 100,
    'all jobs are completed',
  );
  const started = [...one.probe.startedIds, ...two.probe.startedIds];
  assert.equal(started.length, 100);
  assert.deepEqual(new Set(started), new Set(jobs.map(({ id }) => id)));
}

export const concurrencyCases: readonly QueueAdapterCase[] = [
  {
    name: 'a worker has as many jobs in hand as its concurrency allows, and never more',
    async run(context) {
      const { probe, worker } = context.work({ concurrency: 3 });
      await context.addAll(Array.from({ length: 10 }, () => ({})));
      await context.started(probe, 3);
      assert.equal(worker.running, 3);
      for (let ended = 0; ended < 7; ended += 1) {
        probe.starts[ended]?.complete();
        await context.started(probe, ended + 4);
      }
      assert.equal(probe.mostRunning, 3);
    },
  },
  {
    name: 'jobs that end at the same time make room for as many others',
    async run(context) {
      const { probe } = context.work({ concurrency: 4 });
      await context.addAll(Array.from({ length: 8 }, () => ({})));
      await context.started(probe, 4);
      for (const start of probe.starts.slice()) start.complete();
      await context.started(probe, 8);
      assert.equal(probe.mostRunning, 4);
    },
  },
  {
    name: 'a worker that has no room leaves jobs to another',
    async run(context) {
      const busy = context.work({ concurrency: 1 });
      await context.add();
      await context.started(busy.probe, 1);
      await context.addAll([{}, {}]);
      const free = context.work({ concurrency: 5 });
      await context.started(free.probe, 2);
      assert.equal(busy.probe.starts.length, 1);
    },
  },
  {
    name: 'two workers never run the same job',
    run: (context) => expectNoJobTwice(context, context.adapter),
  },
  {
    name: 'workers of two processes never run the same job',
    needs: ['isShared'],
    run: async (context) => expectNoJobTwice(context, await connect(context)),
  },
  {
    name: 'a job added in one process wakes an idle worker of another',
    needs: ['isShared'],
    async run(context) {
      const { probe } = context.work({ adapter: await connect(context) });
      await context.quiet();
      const job = await context.add();
      await context.started(probe);
      assert.equal(probe.latest().jobId, job.id);
    },
  },
  {
    name: 'a cancel in one process reaches the handler in another',
    needs: ['isShared', 'cancelRunning'],
    async run(context) {
      const { probe } = context.work({ adapter: await connect(context) });
      const job = await context.add();
      await context.started(probe);
      await context.adapter.cancelJob(job.id);
      await context.until(() => probe.latest().context.signal.aborted, 'the signal aborts');
    },
  },
];
