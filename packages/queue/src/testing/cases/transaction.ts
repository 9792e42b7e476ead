import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { CaseContext } from '../case-context.ts';
import type { OpenTransaction } from '../harness.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

async function begin(context: CaseContext): Promise<OpenTransaction> {
  assert.ok(context.harness.begin, 'the harness of an adapter with transactions needs `begin`');
  return context.inTime(context.harness.begin(), 'a transaction opens');
}

export const transactionCases: readonly QueueAdapterCase[] = [
  {
    name: 'a job added in a transaction is there once that commits, and runs',
    needs: ['transactions'],
    async run(context) {
      const { probe } = context.work({ behave: () => 'done' });
      const transaction = await begin(context);
      const [job] = await context.adapter.add([context.plain({ payload: 'inside' })], {
        transaction: transaction.handle,
      });
      assert.ok(job);
      assert.deepEqual([job.status, job.payload], ['pending', 'inside']);
      await context.quiet();
      assert.equal(await context.harness.inspect(job.id), null, 'nobody sees it before the commit');
      assert.equal(probe.starts.length, 0);
      await transaction.commit();
      const done = await context.reaches(job.id, 'completed');
      assert.equal(done.result, 'done');
    },
  },
  {
    name: 'a job added in a transaction that is rolled back never was',
    needs: ['transactions'],
    async run(context) {
      const { probe } = context.work({ behave: () => 'done' });
      const transaction = await begin(context);
      const [job] = await context.adapter.add([context.plain({ idempotencyKey: 'again' })], {
        transaction: transaction.handle,
      });
      await transaction.rollback();
      await context.quiet();
      assert.equal(await context.adapter.getJob(job?.id ?? ''), null);
      assert.equal(probe.starts.length, 0);
      assert.deepEqual(Object.values(await context.adapter.getStats()), [0, 0, 0, 0, 0, 0, 0]);
      const later = await context.add({ idempotencyKey: 'again' });
      assert.notEqual(later.id, job?.id, 'its key is free');
    },
  },
  {
    name: 'an add in a transaction gives back the job that is kept under its key',
    needs: ['transactions'],
    async run(context) {
      const kept = await context.add({ idempotencyKey: 'kept', payload: 'first' });
      const transaction = await begin(context);
      const jobs = await context.adapter.add(
        [context.plain({ idempotencyKey: 'kept', payload: 'second' }), context.plain()],
        { transaction: transaction.handle },
      );
      await transaction.commit();
      assert.deepEqual([jobs[0]?.id, jobs[0]?.payload], [kept.id, 'first']);
      assert.equal((await context.adapter.findJobs({})).total, 2);
    },
  },
  {
    name: 'what is no handle of a transaction is refused, and nothing is stored',
    needs: ['transactions'],
    async run(context) {
      for (const transaction of [{}, [], new Map()]) {
        await context.refuses(
          context.adapter.add([context.plain()], { transaction }),
          QueueErrorCode.QUEUE_TRANSACTION_INVALID,
        );
      }
      assert.equal((await context.adapter.findJobs({})).total, 0);
    },
  },
  {
    name: 'an add in a transaction is refused, because the adapter cannot',
    lacks: 'transactions',
    async run(context) {
      await context.refuses(
        context.adapter.add([context.plain()], { transaction: {} }),
        QueueErrorCode.QUEUE_UNSUPPORTED,
      );
      assert.equal((await context.adapter.findJobs({})).total, 0);
    },
  },
];
