import assert from 'node:assert/strict';
import { LogSortKey } from '../../storage-adapter.ts';
import { minute } from '../sample-log.ts';
import type { StorageAdapterCase } from '../storage-adapter-case.ts';

/** Rows are put in an order that neither their ids nor the order of saving gives away. */
const SHUFFLED = [
  { id: 'd', at: minute(2) },
  { id: 'a', at: minute(4) },
  { id: 'c', at: minute(1) },
  { id: 'b', at: minute(3) },
];
const OLDEST_FIRST = ['c', 'd', 'b', 'a'];

function sorting(sortBy: LogSortKey): StorageAdapterCase {
  return {
    name: `rows are sorted by ${sortBy}, in both directions`,
    async run(context) {
      await context.save(...SHUFFLED.map(({ id, at }) => ({ id, [sortBy]: at })));
      assert.deepEqual((await context.idsOf({ sortBy, sortOrder: 'asc' })).ids, OLDEST_FIRST);
      assert.deepEqual((await context.idsOf({ sortBy, sortOrder: 'desc' })).ids, OLDEST_FIRST.toReversed());
    },
  };
}

export const sortCases: readonly StorageAdapterCase[] = [
  ...Object.values(LogSortKey).map(sorting),
  {
    name: 'rows that lack the moment come last in either direction',
    async run(context) {
      await context.save(
        { id: 'a' },
        { id: 'b', sentAt: minute(2) },
        { id: 'c' },
        { id: 'd', sentAt: minute(1) },
      );
      assert.deepEqual((await context.idsOf({ sortBy: 'sentAt', sortOrder: 'asc' })).ids, [
        'd',
        'b',
        'a',
        'c',
      ]);
      assert.deepEqual((await context.idsOf({ sortBy: 'sentAt', sortOrder: 'desc' })).ids, [
        'b',
        'd',
        'c',
        'a',
      ]);
    },
  },
  {
    name: 'rows of the same moment are ordered by id, in the direction of the sort',
    async run(context) {
      await context.save({ id: 'c' }, { id: 'a' }, { id: 'b' });
      assert.deepEqual((await context.idsOf({ sortOrder: 'asc' })).ids, ['a', 'b', 'c']);
      assert.deepEqual((await context.idsOf({ sortOrder: 'desc' })).ids, ['c', 'b', 'a']);
    },
  },
  {
    name: 'moments a millisecond apart are told apart',
    async run(context) {
      const later = new Date(minute(1).getTime() + 1);
      await context.save({ id: 'z', createdAt: minute(1) }, { id: 'a', createdAt: later });
      assert.deepEqual((await context.idsOf({ sortOrder: 'asc' })).ids, ['z', 'a']);
      await context.expectMatches({ startDate: later }, ['a']);
    },
  },
  {
    name: 'a filtered list is sorted by another moment than the dates it is filtered by',
    async run(context) {
      await context.save(
        { id: 'a', createdAt: minute(1), sentAt: minute(9) },
        { id: 'b', createdAt: minute(2), sentAt: minute(8) },
        { id: 'c', createdAt: minute(3) },
        { id: 'd', createdAt: minute(4), sentAt: minute(7) },
        { id: 'e', createdAt: minute(5), sentAt: minute(6) },
      );
      const query = { startDate: minute(2), endDate: minute(4), sortBy: 'sentAt' } as const;
      assert.deepEqual(await context.idsOf({ ...query, sortOrder: 'asc' }), {
        ids: ['d', 'b', 'c'],
        total: 3,
      });
      assert.deepEqual(await context.idsOf({ ...query, sortOrder: 'desc', limit: 2 }), {
        ids: ['b', 'd'],
        total: 3,
      });
    },
  },
];
