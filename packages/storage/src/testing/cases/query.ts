import assert from 'node:assert/strict';
import { fullLog, minute } from '../sample-log.ts';
import type { StorageAdapterCase } from '../storage-adapter-case.ts';

export const queryCases: readonly StorageAdapterCase[] = [
  {
    name: 'a query of an empty log is an empty page',
    async run(context) {
      assert.deepEqual(await context.query(), { logs: [], total: 0 });
    },
  },
  {
    name: 'a page holds whole rows',
    async run(context) {
      const log = fullLog({ id: 'a' });
      await context.adapter.save([log]);
      assert.deepEqual(await context.query(), { logs: [log], total: 1 });
    },
  },
  {
    name: 'a query sees what was saved a moment ago',
    async run(context) {
      for (let index = 1; index <= 5; index += 1) {
        await context.save({ id: `row-${index}`, createdAt: minute(index) });
        assert.equal((await context.query()).total, index);
      }
    },
  },
  {
    name: 'a condition on a field with many rows counts and pages them all',
    async run(context) {
      const rows = Array.from({ length: 700 }, (_, index) => ({
        id: `row-${String(index).padStart(3, '0')}`,
        createdAt: minute(index % 50),
        recipientHash: index % 7 === 0 ? 'r1:other' : 'r1:same',
        status: index % 3 === 0 ? ('failed' as const) : ('sent' as const),
      }));
      await context.save(...rows);
      const matching = rows.filter(
        ({ recipientHash, status }) => recipientHash === 'r1:same' && status === 'failed',
      );
      const { ids, total } = await context.idsOf({
        recipientHash: 'r1:same',
        status: 'failed',
        limit: 1000,
        sortOrder: 'asc',
      });
      assert.equal(total, matching.length);
      const expected = matching.toSorted(
        (left, right) => Number(left.createdAt) - Number(right.createdAt) || (left.id < right.id ? -1 : 1),
      );
      assert.deepEqual(
        ids,
        expected.map(({ id }) => id),
      );
    },
  },
];
