import assert from 'node:assert/strict';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

export const dedupeCases: readonly QueueAdapterCase[] = [
  {
    name: 'a second job with a key already kept gives back the first, unchanged',
    async run(context) {
      const first = await context.add({ idempotencyKey: 'order-1', payload: 'first' });
      const second = await context.add({ idempotencyKey: 'order-1', payload: 'second', name: 'other' });
      assert.deepEqual(second, first);
      assert.deepEqual(await context.job(first.id), first);
      assert.equal((await context.adapter.getStats()).pending, 1);
    },
  },
  {
    name: 'a job with an id already kept gives back the first, unchanged',
    async run(context) {
      await context.add({ id: 'same', payload: 'first' });
      const second = await context.add({ id: 'same', payload: 'second' });
      assert.equal(second.payload, 'first');
      assert.equal((await context.adapter.getStats()).pending, 1);
    },
  },
  {
    name: 'adds of one key at the same time store one job',
    async run(context) {
      const jobs = await Promise.all(
        Array.from({ length: 10 }, () => context.add({ idempotencyKey: 'once' })),
      );
      assert.equal(new Set(jobs.map(({ id }) => id)).size, 1);
      assert.equal((await context.adapter.findJobs({})).total, 1);
    },
  },
  {
    name: 'one add with the same key twice stores one job',
    async run(context) {
      const [first, second, other] = await context.addAll([
        { idempotencyKey: 'twice', payload: 1 },
        { idempotencyKey: 'twice', payload: 2 },
        { idempotencyKey: 'other', payload: 3 },
      ]);
      assert.equal(second?.id, first?.id);
      assert.notEqual(other?.id, first?.id);
      assert.equal((await context.adapter.findJobs({})).total, 2);
    },
  },
  {
    name: 'a job given back for its key is neither announced nor run again',
    async run(context) {
      const heard = context.listen('job:enqueued');
      const { probe } = context.work({ behave: () => 'done' });
      const job = await context.add({ idempotencyKey: 'once' });
      await context.reaches(job.id, 'completed');
      const again = await context.add({ idempotencyKey: 'once' });
      assert.equal(again.status, 'completed');
      await context.started(probe, 1);
      assert.equal(heard.length, 1);
    },
  },
  {
    name: 'the key of a deleted job may be used again',
    async run(context) {
      const first = await context.add({ idempotencyKey: 'again' });
      await context.adapter.deleteJob(first.id);
      const second = await context.add({ idempotencyKey: 'again' });
      assert.notEqual(second.id, first.id);
      assert.equal(second.status, 'pending');
    },
  },
];
