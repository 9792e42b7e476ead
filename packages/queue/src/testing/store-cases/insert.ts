import assert from 'node:assert/strict';
import type { JobStoreCase } from '../job-store-case.ts';

export const insertCases: readonly JobStoreCase[] = [
  {
    name: 'insert tells which jobs are new and which were kept already',
    async run(context) {
      const first = context.job({ idempotencyKey: 'once' });
      const again = context.job({ idempotencyKey: 'once', payload: 'changed' });
      assert.deepEqual(
        (await context.store.insert([first])).map(({ isNew }) => isNew),
        [true],
      );
      const inserted = await context.store.insert([again, context.job(), first]);
      assert.deepEqual(
        inserted.map(({ isNew }) => isNew),
        [false, true, false],
      );
      assert.deepEqual([inserted[0]?.job.id, inserted[0]?.job.payload], [first.id, null]);
    },
  },
  {
    name: 'a job keeps the moment from which it is too late, and is claimed all the same',
    async run(context) {
      const expiresAt = context.harness.now() + 1000;
      const [id] = await context.insert(1, { expiresAt });
      await context.harness.advance(2000);
      assert.equal((await context.get(id ?? '')).expiresAt?.getTime(), expiresAt);
      assert.equal((await context.claimNext('worker-1')).job.expiresAt?.getTime(), expiresAt);
    },
  },
  {
    name: 'one key twice in one insert stores the first only',
    async run(context) {
      const jobs = [context.job({ idempotencyKey: 'twice' }), context.job({ idempotencyKey: 'twice' })];
      const inserted = await context.store.insert(jobs);
      assert.deepEqual(
        inserted.map(({ job, isNew }) => [job.id, isNew]),
        [
          [jobs[0]?.id, true],
          [jobs[0]?.id, false],
        ],
      );
      assert.equal((await context.store.stats()).pending, 1);
    },
  },
];
