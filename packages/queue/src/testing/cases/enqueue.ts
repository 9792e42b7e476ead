import assert from 'node:assert/strict';
import type { JobDelivery } from '../../job.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

const DELIVERY: JobDelivery = {
  idempotencyKey: 'delivery-1',
  channel: 'email',
  status: 'pending',
  isRetryable: true,
  attempts: 0,
  provider: null,
  messageId: null,
  reason: null,
  updatedAt: new Date(1_700_000_000_000),
};

export const enqueueCases: readonly QueueAdapterCase[] = [
  {
    name: 'a job is stored when add resolves',
    async run(context) {
      const job = await context.add();
      assert.deepEqual(await context.harness.inspect(job.id), { status: 'pending', attempts: 0 });
    },
  },
  {
    name: 'add gives the jobs back in the order given, each with an id of its own',
    async run(context) {
      const jobs = await context.addAll([{ name: 'first' }, { name: 'second' }, { name: 'third' }]);
      assert.deepEqual(
        jobs.map(({ name }) => name),
        ['first', 'second', 'third'],
      );
      assert.equal(new Set(jobs.map(({ id }) => id)).size, 3);
    },
  },
  {
    name: 'everything a job is added with can be read again',
    async run(context) {
      const given = {
        id: 'chosen-id',
        queue: 'mail',
        type: 'report.weekly',
        name: 'Weekly report',
        payload: { text: 'naïve 🚀\u0000"\'', list: [1, 2.5, null, true, { deep: [] }], empty: {} },
        maxRetries: 7,
        timeout: 1234,
        backoff: { type: 'exponential', delay: 30_000, factor: 3, maxDelay: 600_000, jitter: 'full' },
        metadata: { campaign: 'spring', depth: { of: 3 } },
        deliveries: [DELIVERY],
        tags: ['weekly', 'report'],
        groupKey: 'tenant-1',
        owner: 'user-1',
        idempotencyKey: 'key-1',
        keyRetention: 3_600_000,
        removeAfter: 7_200_000,
      } as const;
      await context.add(given);
      const job = await context.job('chosen-id');
      const read = Object.fromEntries(Object.entries(job).filter(([key]) => key in given));
      assert.deepEqual(read, given);
    },
  },
  {
    name: 'what a job is added without gets its documented default',
    async run(context) {
      const before = context.harness.now();
      const job = await context.add();
      assert.equal(job.queue, 'default');
      assert.equal(job.name, job.type);
      assert.deepEqual(
        [job.groupKey, job.owner, job.idempotencyKey, job.keyRetention, job.removeAfter, job.scheduledFor],
        [null, null, null, null, null, null],
      );
      assert.deepEqual([job.result, job.error, job.progress], [null, null, null]);
      assert.deepEqual(
        [job.tags, job.deliveries, job.attemptLog, job.logs, job.metadata],
        [[], [], [], [], {}],
      );
      assert.deepEqual([job.attempts, job.crashes, job.replays], [0, 0, 0]);
      assert.deepEqual(
        [job.startedAt, job.completedAt, job.failedAt, job.cancelledAt],
        [null, null, null, null],
      );
      assert.ok(job.createdAt.getTime() >= before && job.createdAt.getTime() <= context.harness.now());
    },
  },
  {
    name: 'an empty add stores nothing',
    async run(context) {
      assert.deepEqual(await context.addAll([]), []);
      assert.equal((await context.adapter.findJobs({})).total, 0);
    },
  },
  {
    name: 'an add of 1,000 jobs stores every one of them',
    async run(context) {
      const jobs = await context.addAll(Array.from({ length: 1000 }, (_, index) => ({ payload: index })));
      assert.equal(jobs.length, 1000);
      assert.equal((await context.adapter.getStats()).pending, 1000);
      for (const [index, { id }] of jobs.entries()) {
        assert.equal((await context.harness.inspect(id))?.status, 'pending', `job ${index} is stored`);
      }
    },
  },
  {
    name: 'adds made at the same time are all stored',
    async run(context) {
      const adding = Array.from({ length: 50 }, (_, index) => context.add({ id: `job-${index}` }));
      const jobs = await Promise.all(adding);
      assert.deepEqual(
        jobs.map(({ id }) => id),
        Array.from({ length: 50 }, (_, index) => `job-${index}`),
      );
      for (const { id } of jobs) assert.ok(await context.harness.inspect(id), `${id} is stored`);
    },
  },
  {
    name: 'an add in which one job cannot be stored stores none',
    async run(context) {
      const jobs = [{ id: 'good-1' }, { id: 'bad', maxRetries: -1 }, { id: 'good-2' }];
      await context.refuses(context.adapter.add(jobs.map((job) => context.plain(job))));
      assert.equal((await context.adapter.findJobs({})).total, 0);
      for (const { id } of jobs) assert.equal(await context.harness.inspect(id), null);
    },
  },
  {
    name: 'an add that does not fit is refused and stores nothing',
    needs: ['capacity'],
    capacity: 3,
    async run(context) {
      await context.addAll([{ id: 'kept-1' }, { id: 'kept-2' }]);
      const tooMany = ['late-1', 'late-2'].map((id) => context.plain({ id }));
      await context.refuses(context.adapter.add(tooMany), 'QUEUE_FULL');
      assert.equal((await context.adapter.findJobs({})).total, 2);
      assert.equal(await context.harness.inspect('late-1'), null);
      await context.add({ id: 'fits' });
    },
  },
  {
    name: 'an add that does not fit leaves others made at the same time alone',
    needs: ['capacity'],
    capacity: 3,
    async run(context) {
      const plain = (id: string) => context.plain({ id });
      const [fits, tooMany, alsoFits] = await Promise.allSettled([
        context.adapter.add([plain('fits')]),
        context.adapter.add(['a', 'b', 'c'].map(plain)),
        context.adapter.add([plain('also fits')]),
      ]);
      assert.deepEqual(
        [fits.status, tooMany.status, alsoFits.status],
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      const { jobs } = await context.adapter.findJobs({ order: 'asc' });
      assert.deepEqual(
        jobs.map(({ id }) => id),
        ['fits', 'also fits'],
      );
    },
  },
  {
    name: 'a deleted job makes room for another',
    needs: ['capacity'],
    capacity: 1,
    async run(context) {
      await context.add({ id: 'first' });
      await context.refuses(context.adapter.add([context.plain()]), 'QUEUE_FULL');
      await context.adapter.deleteJob('first');
      await context.add({ id: 'second' });
    },
  },
  {
    name: 'a stored job survives the death of the process',
    needs: ['durability'],
    async run(context) {
      const jobs = await context.addAll([{ payload: 'one' }, { payload: 'two' }]);
      assert.ok(context.harness.restart, 'a harness of a durable adapter can restart it');
      const reopened = await context.harness.restart();
      for (const { id, payload } of jobs) assert.deepEqual((await reopened.getJob(id))?.payload, payload);
    },
  },
];
