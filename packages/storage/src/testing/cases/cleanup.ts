import assert from 'node:assert/strict';
import type { CaseContext } from '../case-context.ts';
import { minute } from '../sample-log.ts';
import type { StorageAdapterCase } from '../storage-adapter-case.ts';

async function saveFive(context: CaseContext): Promise<void> {
  const order = ['c', 'a', 'e', 'b', 'd'];
  await context.save(
    ...order.map((id) => ({
      id,
      createdAt: minute('abcde'.indexOf(id)),
      idempotencyKey: `key-${id}`,
      updatedAt: minute(99),
    })),
  );
}

export const cleanupCases: readonly StorageAdapterCase[] = [
  {
    name: 'a cleanup deletes the rows created before its moment, and no others',
    async run(context) {
      await saveFive(context);
      assert.equal(await context.adapter.deleteOlderThan(minute(2), 100), 2);
      await context.expectMatches({}, ['c', 'd', 'e']);
      assert.equal(await context.harness.countRows(), 3);
      assert.equal(await context.harness.inspect('a'), null);
    },
  },
  {
    name: 'a cleanup deletes at most its limit, the oldest first',
    async run(context) {
      await saveFive(context);
      assert.equal(await context.adapter.deleteOlderThan(minute(4), 2), 2);
      await context.expectMatches({}, ['c', 'd', 'e']);
      assert.equal(await context.adapter.deleteOlderThan(minute(4), 2), 2);
      assert.equal(await context.adapter.deleteOlderThan(minute(4), 2), 0);
      await context.expectMatches({}, ['e']);
    },
  },
  {
    name: 'a cleanup with nothing to delete says 0',
    async run(context) {
      assert.equal(await context.adapter.deleteOlderThan(minute(1), 100), 0);
      await saveFive(context);
      assert.equal(await context.adapter.deleteOlderThan(minute(0), 100), 0);
      assert.equal(await context.harness.countRows(), 5);
    },
  },
  {
    name: 'a deleted row is gone from every way to find it',
    async run(context) {
      await context.save({
        id: 'a',
        idempotencyKey: 'key',
        recipientHash: 'r1:ada',
        jobId: 'job',
        status: 'sent',
      });
      await context.adapter.deleteOlderThan(minute(1), 1);
      assert.equal(await context.adapter.get('a'), null);
      assert.equal(await context.adapter.getByIdempotencyKey('key'), null);
      for (const query of [{}, { recipientHash: 'r1:ada' }, { jobId: 'job' }, { status: 'sent' as const }]) {
        await context.expectMatches(query, []);
      }
      assert.equal((await context.adapter.stats({})).total, 0);
    },
  },
  {
    name: 'id and idempotency key of a deleted row can be used again',
    async run(context) {
      await context.save({ id: 'a', idempotencyKey: 'key', subject: 'old' });
      await context.adapter.deleteOlderThan(minute(1), 1);
      await context.save({ id: 'a', idempotencyKey: 'key', subject: 'new' });
      assert.equal((await context.adapter.getByIdempotencyKey('key'))?.subject, 'new');
    },
  },
];
