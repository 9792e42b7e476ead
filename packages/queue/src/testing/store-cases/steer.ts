import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { JobStoreCase } from '../job-store-case.ts';

export const steerCases: readonly JobStoreCase[] = [
  {
    name: 'counters follow every change',
    async run(context) {
      await context.insert(3);
      await context.insert(1, { scheduledFor: context.harness.now() + 60_000 });
      const [first, second] = [await context.claimNext('worker-1'), await context.claimNext('worker-1')];
      await context.store.settle([context.completed(first.fence), context.retrying(second.fence, 1000)]);
      const expected = {
        pending: 1,
        scheduled: 1,
        processing: 0,
        retrying: 1,
        completed: 1,
        failed: 0,
        cancelled: 0,
      };
      assert.deepEqual(await context.store.stats(), expected);
      assert.deepEqual(await context.store.stats('default'), expected);
      await context.store.cancel(second.job.id);
      await context.store.remove(first.job.id);
      assert.deepEqual(await context.store.stats(), { ...expected, retrying: 0, completed: 0, cancelled: 1 });
    },
  },
  {
    name: 'a command that the status of a job does not allow is refused',
    async run(context) {
      const { job, fence } = await context.claimOne();
      await context.refuses(context.store.remove(job.id), QueueErrorCode.QUEUE_JOB_STATE);
      await context.refuses(context.store.retry(job.id), QueueErrorCode.QUEUE_JOB_STATE);
      await context.store.settle([context.completed(fence)]);
      await context.refuses(context.store.cancel(job.id), QueueErrorCode.QUEUE_JOB_STATE);
      await context.refuses(context.store.retry(job.id), QueueErrorCode.QUEUE_JOB_STATE);
      for (const command of ['retry', 'cancel', 'remove'] as const) {
        await context.refuses(context.store[command]('nobody'), QueueErrorCode.QUEUE_JOB_NOT_FOUND);
      }
    },
  },
  {
    name: 'close may be called twice',
    async run({ store }) {
      await store.close();
      await store.close();
    },
  },
];
