import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { CaseContext } from '../case-context.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

/** Runs a job that was started again by hand until it has failed again. */
async function failAgain(context: CaseContext, id: string): Promise<void> {
  const { worker } = context.work({
    behave: () => {
      throw new Error('still broken');
    },
  });
  await context.reaches(id, 'failed');
  await context.inTime(worker.stop(), 'the worker stops');
}

export const replayCases: readonly QueueAdapterCase[] = [
  {
    name: 'a job is started again by hand as often as it may be, and is not changed by the refusal of more',
    async run(context) {
      const { adapter } = context;
      const { id } = await context.runOnce({ payload: 'first' }, { error: new Error('broken') });
      for (const replays of [1, 2]) {
        assert.equal((await adapter.retryJob(id, { maxReplays: 2 })).replays, replays);
        await failAgain(context, id);
      }
      const before = await context.job(id);
      const again = { maxReplays: 2, payload: 'second' };
      await context.refuses(adapter.retryJob(id, again), QueueErrorCode.QUEUE_REPLAY_LIMIT);
      assert.deepEqual(await context.job(id), before);
      assert.equal((await context.harness.inspect(id))?.status, 'failed');
      assert.equal((await adapter.retryJob(id)).replays, 3);
    },
  },
  {
    name: 'of two that start a job again at the same time with a limit one is told that it runs',
    async run(context) {
      const { id } = await context.runOnce({}, { error: new Error('broken') });
      const calls = [1, 2].map(() => context.adapter.retryJob(id, { maxReplays: 1 }));
      const outcomes = (await Promise.allSettled(calls)).map(({ status }) => status);
      assert.deepEqual(outcomes.toSorted(), ['fulfilled', 'rejected']);
      for (const call of calls) await call.catch(() => context.refuses(call, QueueErrorCode.QUEUE_JOB_STATE));
      assert.equal((await context.job(id)).replays, 1);
    },
  },
  {
    name: 'a job started again with another payload runs with that',
    async run(context) {
      const { id } = await context.runOnce({ payload: { to: 'adaa' } }, { error: new Error('no such user') });
      const again = await context.adapter.retryJob(id, { payload: { to: 'ada' } });
      assert.deepEqual([again.status, again.payload], ['pending', { to: 'ada' }]);
      const { probe } = context.work();
      await context.started(probe);
      assert.deepEqual(probe.latest().context.job.payload, { to: 'ada' });
      probe.latest().complete();
      assert.deepEqual((await context.reaches(id, 'completed')).payload, { to: 'ada' });
    },
  },
  {
    name: 'a job is not started again with a payload that cannot be stored, nor with a limit that is none',
    async run(context) {
      const failed = await context.runOnce({ payload: 'first' }, { error: new Error('broken') });
      await context.refuses(
        context.adapter.retryJob(failed.id, { payload: { amount: Number.NaN } }),
        QueueErrorCode.QUEUE_PAYLOAD_INVALID,
      );
      for (const maxReplays of [-1, 0.5, Number.NaN]) {
        await context.refuses(context.adapter.retryJob(failed.id, { maxReplays }));
      }
      assert.deepEqual(await context.job(failed.id), failed);
    },
  },
];
