import assert from 'node:assert/strict';
import type { CaseContext } from '../case-context.ts';
import { minute } from '../sample-log.ts';
import type { StorageAdapterCase } from '../storage-adapter-case.ts';

/** Reads a whole list page by page. */
async function readAll(context: CaseContext, limit: number, query: object = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let offset = 0; ; offset += limit) {
    const page = await context.idsOf({ ...query, limit, offset });
    ids.push(...page.ids);
    if (page.ids.length === limit && ids.length < page.total) continue;
    assert.equal(ids.length, page.total, 'the pages together hold as many rows as the total says');
    return ids;
  }
}

async function saveTen(context: CaseContext): Promise<string[]> {
  const ids = Array.from({ length: 10 }, (_, index) => `row-${index}`);
  await context.save(
    ...ids.map((id, index) => ({ id, createdAt: minute(index >> 2), channel: index % 2 ? 'sms' : 'email' })),
  );
  return ids;
}

export const pagingCases: readonly StorageAdapterCase[] = [
  {
    name: 'pages one after the other hold every row once, also rows of the same moment',
    async run(context) {
      const ids = await saveTen(context);
      for (const limit of [1, 3, 4, 10]) {
        assert.deepEqual((await readAll(context, limit)).toSorted(), ids, `pages of ${limit}`);
      }
    },
  },
  {
    name: 'pages do not depend on their size',
    async run(context) {
      await saveTen(context);
      const whole = await readAll(context, 1000);
      assert.deepEqual(await readAll(context, 3), whole);
      const filtered = await readAll(context, 1000, { channel: 'sms' });
      assert.deepEqual(await readAll(context, 2, { channel: 'sms' }), filtered);
    },
  },
  {
    name: 'the total counts all that match, on every page',
    async run(context) {
      await saveTen(context);
      for (const offset of [0, 4, 9]) assert.equal((await context.query({ limit: 4, offset })).total, 10);
      assert.equal((await context.query({ limit: 1, channel: 'sms' })).total, 5);
    },
  },
  {
    name: 'a page holds at most its limit',
    async run(context) {
      await saveTen(context);
      assert.equal((await context.query({ limit: 4 })).logs.length, 4);
      assert.equal((await context.query({ limit: 4, offset: 8 })).logs.length, 2);
    },
  },
  {
    name: 'a page beyond the end is empty and still tells the total',
    async run(context) {
      await saveTen(context);
      assert.deepEqual(await context.idsOf({ offset: 10 }), { ids: [], total: 10 });
      assert.deepEqual(await context.idsOf({ offset: 1_000_000 }), { ids: [], total: 10 });
    },
  },
  {
    name: 'pages reach from rows that have the moment into those that lack it',
    async run(context) {
      const ids = await saveTen(context);
      for (const id of ids.slice(0, 5)) await context.adapter.update(id, { sentAt: minute(20) });
      for (const sortOrder of ['asc', 'desc'] as const) {
        const pages = await readAll(context, 3, { sortBy: 'sentAt', sortOrder });
        assert.deepEqual(pages, await readAll(context, 1000, { sortBy: 'sentAt', sortOrder }));
        assert.deepEqual(pages.slice(0, 5).toSorted(), ids.slice(0, 5));
      }
    },
  },
];
