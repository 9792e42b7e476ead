import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { CaseContext } from '../case-context.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

/** Deletes a job and checks that nothing of it is left: no record, no count, no later run. */
async function expectForgotten(context: CaseContext, id: string): Promise<void> {
  await context.adapter.deleteJob(id);
  assert.equal(await context.adapter.getJob(id), null);
  assert.equal(await context.harness.inspect(id), null);
  assert.equal((await context.adapter.findJobs({})).total, 0);
  assert.deepEqual([...new Set(Object.values(await context.adapter.getStats()))], [0]);
  const { probe, worker } = context.work();
  await context.advance(10_000);
  assert.deepEqual(probe.startedIds, []);
  await context.inTime(worker.stop(), 'the worker stops');
}

export const deleteCases: readonly QueueAdapterCase[] = [
  {
    name: 'a pending job that is deleted is forgotten and never runs',
    async run(context) {
      await expectForgotten(context, (await context.add()).id);
    },
  },
  {
    name: 'a scheduled job that is deleted is forgotten and never runs',
    needs: ['scheduling'],
    async run(context) {
      await expectForgotten(context, (await context.add({ scheduledFor: context.harness.now() + 5000 })).id);
    },
  },
  {
    name: 'a job deleted between two tries is forgotten and not tried again',
    async run(context) {
      await expectForgotten(
        context,
        (await context.runOnce({ maxRetries: 3 }, { error: new Error('once') })).id,
      );
    },
  },
  {
    name: 'a job that has ended can be deleted',
    async run(context) {
      await expectForgotten(context, (await context.runOnce({}, { result: 'done' })).id);
      await expectForgotten(context, (await context.runOnce({}, { error: new Error('no') })).id);
      const { id } = await context.add();
      await context.adapter.cancelJob(id);
      await expectForgotten(context, id);
    },
  },
  {
    name: 'a running job cannot be deleted and goes on',
    async run(context) {
      const { probe } = context.work();
      const job = await context.add();
      await context.started(probe);
      await context.refuses(context.adapter.deleteJob(job.id), QueueErrorCode.QUEUE_JOB_STATE);
      assert.equal((await context.harness.inspect(job.id))?.status, 'processing');
      probe.latest().complete('done');
      assert.equal((await context.reaches(job.id, 'completed')).result, 'done');
    },
  },
  {
    name: 'a second delete of a job is refused',
    async run(context) {
      const { id } = await context.add();
      await context.adapter.deleteJob(id);
      await context.refuses(context.adapter.deleteJob(id), QueueErrorCode.QUEUE_JOB_NOT_FOUND);
    },
  },
  {
    name: 'a delete leaves all other jobs alone',
    async run(context) {
      const [first, second, third] = await context.addAll([{}, {}, {}]);
      await context.adapter.deleteJob(second?.id ?? '');
      const { probe } = context.work({ concurrency: 1, behave: () => null });
      await context.started(probe, 2);
      assert.deepEqual(probe.startedIds, [first?.id, third?.id]);
    },
  },
];
