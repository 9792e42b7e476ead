import assert from 'node:assert/strict';
import { JobStatus } from '../../job.ts';
import type { QueueStats } from '../../queue-adapter.ts';
import type { CaseContext } from '../case-context.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

const NOTHING: QueueStats = {
  pending: 0,
  scheduled: 0,
  processing: 0,
  retrying: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
};

/** Counts the jobs themselves, page by page, and expects the counters to say the same. */
async function expectRecountAgrees(context: CaseContext, queue?: string): Promise<void> {
  const counted: Record<JobStatus, number> = { ...NOTHING };
  for (let offset = 0; ; offset += 20) {
    const page = await context.adapter.findJobs({ limit: 20, offset, order: 'asc' });
    for (const job of page.jobs) if (queue === undefined || job.queue === queue) counted[job.status] += 1;
    if (offset + 20 >= page.total) break;
  }
  assert.deepEqual(await context.adapter.getStats(queue), counted);
}

/** The same long and mixed life in every run: the order comes from a fixed sequence, not from chance. */
async function liveThroughMixedOperations(context: CaseContext): Promise<void> {
  const behaviours = [() => 'done', () => Promise.reject(new Error('no'))];
  context.work({ concurrency: 2, behave: ({ job }) => behaviours[Number(job.payload) % 2]?.() });
  let state = 20_240_229;
  for (let step = 0; step < 120; step += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    await takeStep(context, step, Math.floor(state / 65_536));
  }
}

/** One operation, chosen by `random`, on whatever job stands where it points. Refusals belong to life. */
async function takeStep(context: CaseContext, step: number, random: number): Promise<void> {
  const { jobs } = await context.adapter.findJobs({ limit: 1, offset: random % 30 });
  const id = jobs[0]?.id ?? 'nobody';
  const ignore = () => undefined;
  switch (random % 6) {
    case 0:
    case 1:
      return void (await context.add({
        payload: step,
        queue: step % 2 ? 'odd' : 'even',
        maxRetries: step % 3,
      }));
    case 2:
      return void (await context.adapter.cancelJob(id).catch(ignore));
    case 3:
      return void (await context.adapter.retryJob(id).catch(ignore));
    case 4:
      return void (await context.adapter.deleteJob(id).catch(ignore));
    default:
      return context.advance(step % 5 === 0 ? 1000 : 0);
  }
}

export const statsCases: readonly QueueAdapterCase[] = [
  {
    name: 'a fresh queue counts nothing',
    async run(context) {
      assert.deepEqual(await context.adapter.getStats(), NOTHING);
      assert.deepEqual(await context.adapter.getStats('never used'), NOTHING);
    },
  },
  {
    name: 'every status is counted by itself',
    async run(context) {
      await context.runOnce({ name: 'completed' }, { result: 1 });
      await context.runOnce({ name: 'completed too' }, { result: 1 });
      await context.runOnce({ name: 'failed' }, { error: new Error('no') });
      await context.runOnce({ name: 'retrying', maxRetries: 1 }, { error: new Error('no') });
      await context.adapter.cancelJob((await context.add({ name: 'cancelled' })).id);
      const { probe } = context.work({ concurrency: 1 });
      await context.add({ name: 'processing' });
      await context.started(probe);
      await context.add({ name: 'pending' });
      assert.deepEqual(await context.adapter.getStats(), {
        pending: 1,
        scheduled: 0,
        processing: 1,
        retrying: 1,
        completed: 2,
        failed: 1,
        cancelled: 1,
      });
    },
  },
  {
    name: 'a scheduled job is counted as scheduled',
    needs: ['scheduling'],
    async run(context) {
      await context.add({ scheduledFor: context.harness.now() + 60_000 });
      assert.deepEqual(await context.adapter.getStats(), { ...NOTHING, scheduled: 1 });
    },
  },
  {
    name: 'the stats of one queue count its jobs only',
    async run(context) {
      await context.addAll([{ queue: 'mail' }, { queue: 'mail' }, { queue: 'sms' }]);
      assert.deepEqual(await context.adapter.getStats('mail'), { ...NOTHING, pending: 2 });
      assert.deepEqual(await context.adapter.getStats('sms'), { ...NOTHING, pending: 1 });
      assert.deepEqual(await context.adapter.getStats(), { ...NOTHING, pending: 3 });
    },
  },
  {
    name: 'after many mixed operations the stats still equal a recount',
    async run(context) {
      await liveThroughMixedOperations(context);
      await context.quiet();
      await expectRecountAgrees(context);
      for (const queue of ['odd', 'even']) await expectRecountAgrees(context, queue);
    },
  },
  {
    name: 'the names of statuses are the counters of the stats',
    async run(context) {
      assert.deepEqual(
        Object.keys(await context.adapter.getStats()).toSorted(),
        Object.values(JobStatus).toSorted(),
      );
    },
  },
];
