import assert from 'node:assert/strict';
import type { QueueJob } from '../../job.ts';
import type { NewJob } from '../../queue-adapter.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

/** Tries to change everything in a value; parts that are frozen stay as they are, which is as good. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Date) {
    value.setTime(0);
    return;
  }
  for (const [key, part] of Object.entries(value)) {
    spoil(part);
    if (typeof part !== 'object' || part === null) Reflect.set(value, key, 'spoiled');
  }
  if (Array.isArray(value)) Reflect.apply(Array.prototype.push, [...value], ['spoiled']);
}

const PAYLOAD = { to: { name: 'Ada' }, parts: [{ text: 'hello' }] };
const FULL = {
  payload: PAYLOAD,
  tags: ['one'],
  metadata: { from: { app: 'shop' } },
  deliveries: [
    {
      idempotencyKey: 'delivery-1',
      channel: 'email',
      status: 'sent',
      isRetryable: false,
      attempts: 1,
      provider: null,
      messageId: null,
      reason: null,
      updatedAt: new Date(1_700_000_000_000),
    },
  ],
} satisfies Partial<NewJob>;

/** The part of a job that {@link FULL} is about. */
function fullPart({ payload, tags, metadata, deliveries }: QueueJob): Partial<NewJob> {
  return { payload, tags, metadata, deliveries };
}

export const snapshotCases: readonly QueueAdapterCase[] = [
  {
    name: 'changing what was handed to add changes nothing',
    async run(context) {
      const given = structuredClone(FULL);
      const adding = context.adapter.add([context.plain(given)]);
      spoil(given);
      const [job] = await context.inTime(adding, 'add resolves');
      spoil(given);
      assert.deepEqual(fullPart(await context.job(job?.id ?? '')), FULL);
    },
  },
  ...(['add', 'getJob', 'findJobs', 'retryJob', 'cancelJob'] as const).map(
    (method): QueueAdapterCase => ({
      name: `changing a job that ${method} gave changes nothing`,
      async run(context) {
        const added = await context.add(FULL);
        const { id } = added;
        if (method === 'retryJob') await context.adapter.cancelJob(id);
        const got = async (): Promise<QueueJob | null | undefined> => {
          if (method === 'add') return added;
          if (method === 'findJobs') return (await context.adapter.findJobs({})).jobs[0];
          return context.adapter[method](id);
        };
        const job = await got();
        assert.ok(job);
        const asItWas = structuredClone(job);
        spoil(job);
        assert.deepEqual(await context.job(id), asItWas);
      },
    }),
  ),
  {
    name: 'changing a job that ran, its error, its log and its attempts, changes nothing',
    async run(context) {
      const { id } = await context.add({ ...FULL, maxRetries: 1 });
      const { worker } = context.work({
        behave: async ({ progress, log }) => {
          await progress(10, 'started');
          await log('about to fail');
          throw new Error('no', { cause: new Error('why') });
        },
      });
      const job = await context.reaches(id, 'retrying');
      const asItWas = structuredClone(job);
      spoil(job);
      assert.deepEqual(await context.job(id), asItWas);
      await context.inTime(worker.stop(), 'the worker stops');
    },
  },
  {
    name: 'what a handler does to its job does not reach the store',
    async run(context) {
      const added = await context.add({ ...FULL, maxRetries: 1 });
      const { worker } = context.work({
        behave: ({ job }) => {
          spoil(job);
          throw new Error('after making a mess');
        },
      });
      await context.reaches(added.id, 'retrying');
      await context.inTime(worker.stop(), 'the worker stops');
      const job = await context.job(added.id);
      assert.deepEqual(fullPart(job), FULL);
      assert.deepEqual([job.type, job.queue], [added.type, added.queue]);
    },
  },
  {
    name: 'a result that is changed after it was returned is kept as it was',
    async run(context) {
      const result = { ids: [1, 2] };
      const job = await context.runOnce({}, { result });
      result.ids.push(3);
      assert.deepEqual((await context.job(job.id)).result, { ids: [1, 2] });
    },
  },
];
