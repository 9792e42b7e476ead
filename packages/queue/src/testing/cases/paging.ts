import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { JobFilters, NewJob } from '../../queue-adapter.ts';
import type { CaseContext } from '../case-context.ts';
import { NARROWING_FILTERS, type NarrowingFilter } from '../harness.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

/** Reads all pages and gives the ids in the order read; `between` is done before every page but the first. */
async function readPages(
  context: CaseContext,
  filters: JobFilters,
  between?: () => Promise<unknown>,
): Promise<string[]> {
  const { limit = 50 } = filters;
  const ids: string[] = [];
  for (let offset = 0; ; offset += limit) {
    if (offset > 0) await between?.();
    const page = await context.adapter.findJobs({ ...filters, offset });
    ids.push(...page.jobs.map(({ id }) => id));
    if (page.jobs.length < limit) return ids;
  }
}

/** Adds jobs one by one, some at the same moment and some apart, and gives their ids, oldest first. */
async function addOneByOne(
  context: CaseContext,
  count: number,
  job: Partial<NewJob> = {},
): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    ids.push((await context.add(job)).id);
    if (index % 3 === 0) await context.advance(1);
  }
  return ids;
}

/** For each filter a job that it finds and one that it passes over, and the condition. */
const FILTER_SAMPLES: Record<
  NarrowingFilter,
  { match: Partial<NewJob>; other: Partial<NewJob>; filters: JobFilters }
> = {
  status: { match: {}, other: {}, filters: { status: 'pending' } },
  queue: { match: { queue: 'mail' }, other: { queue: 'sms' }, filters: { queue: 'mail' } },
  type: { match: { type: 'report' }, other: { type: 'invoice' }, filters: { type: 'report' } },
  name: { match: { name: 'Welcome' }, other: { name: 'Welcome back' }, filters: { name: 'Welcome' } },
  tag: { match: { tags: ['vip', 'eu'] }, other: { tags: ['vips'] }, filters: { tag: 'vip' } },
  owner: { match: { owner: 'ada' }, other: { owner: 'bob' }, filters: { owner: 'ada' } },
};

const filterCases = NARROWING_FILTERS.flatMap((filter): QueueAdapterCase[] => [
  {
    name: `findJobs narrowed by ${filter} finds those that match and no other`,
    needs: [`filter:${filter}`],
    async run(context) {
      const { match, other, filters } = FILTER_SAMPLES[filter];
      const found = await addOneByOne(context, 5, match);
      const passedOver = await addOneByOne(context, 3, other);
      if (filter === 'status') for (const id of passedOver) await context.adapter.cancelJob(id);
      const page = await context.adapter.findJobs({ ...filters, order: 'asc', limit: 3 });
      assert.equal(page.total, 5);
      assert.deepEqual(
        page.jobs.map(({ id }) => id),
        found.slice(0, 3),
      );
      assert.deepEqual(await readPages(context, { ...filters, limit: 2, order: 'desc' }), found.toReversed());
    },
  },
  {
    name: `findJobs narrowed by ${filter} is refused, because the adapter cannot`,
    lacks: `filter:${filter}`,
    run: (context) =>
      context.refuses(
        context.adapter.findJobs(FILTER_SAMPLES[filter].filters),
        QueueErrorCode.QUEUE_UNSUPPORTED,
      ),
  },
]);

export const pagingCases: readonly QueueAdapterCase[] = [
  ...filterCases,
  ...(['asc', 'desc'] as const).flatMap((order): QueueAdapterCase[] => {
    const words = order === 'asc' ? 'oldest first' : 'newest first';
    return [
      {
        name: `pages in the order ${words} hold every job once`,
        async run(context) {
          const ids = await addOneByOne(context, 23);
          const inOrder = order === 'asc' ? ids : ids.toReversed();
          assert.deepEqual(await readPages(context, { order, limit: 5 }), inOrder);
          assert.deepEqual(await readPages(context, { order, limit: 23 }), inOrder);
          assert.deepEqual(await readPages(context, { order, limit: 1 }), inOrder);
        },
      },
    ];
  }),
  {
    name: 'without filters findJobs gives the newest 50 and the number of all',
    async run(context) {
      const ids = (await context.addAll(Array.from({ length: 60 }, () => ({})))).map(({ id }) => id);
      const page = await context.adapter.findJobs({});
      assert.equal(page.total, 60);
      assert.deepEqual(
        page.jobs.map(({ id }) => id),
        ids.toReversed().slice(0, 50),
      );
    },
  },
  {
    name: 'pages oldest first stay right while jobs are added and run between them',
    async run(context) {
      const ids = await addOneByOne(context, 20);
      context.work({ concurrency: 3, behave: () => null });
      const added: string[] = [];
      const between = async () => added.push((await context.add()).id);
      assert.deepEqual(await readPages(context, { order: 'asc', limit: 4 }, between), [...ids, ...added]);
    },
  },
  {
    name: 'findJobs takes several statuses at once, in one order and with one total',
    needs: ['filter:status'],
    async run(context) {
      const ids = await addOneByOne(context, 9);
      for (const [index, id] of ids.entries()) if (index % 3 === 0) await context.adapter.cancelJob(id);
      context.work({ concurrency: 1 });
      const processing = ids[1] ?? '';
      await context.reaches(processing, 'processing');
      const filters = { status: ['pending', 'cancelled'], order: 'asc', limit: 3 } as const;
      assert.equal((await context.adapter.findJobs(filters)).total, 8);
      assert.deepEqual(
        await readPages(context, filters),
        ids.filter((id) => id !== processing),
      );
    },
  },
  {
    name: 'a filter by status follows a job through its life',
    needs: ['filter:status'],
    async run(context) {
      const { id } = await context.add({ maxRetries: 0 });
      const found = async (status: 'pending' | 'processing' | 'failed') =>
        (await context.adapter.findJobs({ status })).jobs.map((job) => job.id);
      assert.deepEqual(
        [await found('pending'), await found('processing'), await found('failed')],
        [[id], [], []],
      );
      const { probe } = context.work();
      await context.started(probe);
      assert.deepEqual(
        [await found('pending'), await found('processing'), await found('failed')],
        [[], [id], []],
      );
      probe.latest().fail(new Error('no'));
      await context.reaches(id, 'failed');
      assert.deepEqual(
        [await found('pending'), await found('processing'), await found('failed')],
        [[], [], [id]],
      );
      await context.adapter.deleteJob(id);
      assert.deepEqual(await context.adapter.findJobs({ status: 'failed' }), { jobs: [], total: 0 });
    },
  },
  {
    name: 'all conditions of a filter must hold at once',
    needs: ['filter:queue', 'filter:type', 'filter:owner'],
    async run(context) {
      const [wanted] = await context.addAll([
        { queue: 'mail', type: 'report', owner: 'ada' },
        { queue: 'mail', type: 'report', owner: 'bob' },
        { queue: 'mail', type: 'invoice', owner: 'ada' },
        { queue: 'sms', type: 'report', owner: 'ada' },
      ]);
      const page = await context.adapter.findJobs({ queue: 'mail', type: 'report', owner: 'ada' });
      assert.deepEqual([page.total, page.jobs.map(({ id }) => id)], [1, [wanted?.id]]);
    },
  },
  {
    name: 'a page past the end is empty and still tells the total',
    async run(context) {
      await context.addAll([{}, {}]);
      assert.deepEqual(await context.adapter.findJobs({ offset: 10 }), { jobs: [], total: 2 });
      assert.deepEqual(await context.adapter.findJobs({ offset: 2 }), { jobs: [], total: 2 });
    },
  },
  {
    name: 'a page size or an offset that makes no sense is refused',
    async run(context) {
      await context.add();
      for (const limit of [0, -1, 1001, 1.5, Number.NaN])
        await context.refuses(context.adapter.findJobs({ limit }));
      for (const offset of [-1, 1.5, Number.NaN]) await context.refuses(context.adapter.findJobs({ offset }));
    },
  },
  {
    name: 'getJob of an id nobody knows is null',
    async run(context) {
      assert.equal(await context.adapter.getJob('nobody'), null);
    },
  },
];
