import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InMemoryStorageAdapter } from '../src/in-memory/in-memory-storage-adapter.ts';
import { type NotificationLog, NotificationLogStatus } from '../src/notification-log.ts';
import { type LogQuery, LogSortKey, type StatsFilters, type StorageAdapter } from '../src/storage-adapter.ts';
import { minute, plainLog } from '../src/testing/sample-log.ts';
import { ModelStorageAdapter } from './model-storage-adapter.ts';

const moment = fc.integer({ min: 0, max: 40 }).map(minute);
const status = fc.constantFrom(...Object.values(NotificationLogStatus));
const channel = fc.constantFrom('email', 'sms', 'push');
/** Values of very different frequency, so that groups of all sizes come about. */
const rare = fc.oneof(
  { weight: 8, arbitrary: fc.constant('often') },
  { weight: 1, arbitrary: fc.constantFrom('x', 'y', 'z') },
);

const fields = {
  channel,
  status,
  recipientHash: rare,
  notificationId: rare,
  notificationType: rare,
  jobId: rare,
  provider: rare,
  updatedAt: moment,
  sentAt: moment,
  deliveredAt: moment,
  failedAt: moment,
};

const row: fc.Arbitrary<Partial<NotificationLog>> = fc.record(
  { createdAt: moment, ...fields },
  { requiredKeys: ['createdAt', 'channel', 'status'] },
);
/** More rows than a group keeps unindexed, and fewer. */
const rows = fc
  .oneof(fc.array(row, { maxLength: 60 }), fc.array(row, { minLength: 300, maxLength: 600, size: 'max' }))
  .map((partials) =>
    partials.map((partial, index) => plainLog({ ...partial, id: `row-${(index * 7919) % 1009}` })),
  );

const dates = fc
  .tuple(fc.option(moment), fc.option(moment))
  .map(([startDate, endDate]) => ({ ...(startDate && { startDate }), ...(endDate && { endDate }) }));

const query: fc.Arbitrary<LogQuery> = fc
  .tuple(
    fc.record(
      {
        channel,
        status: fc.oneof(status, fc.uniqueArray(status, { minLength: 1, maxLength: 4 })),
        recipientHash: rare,
        notificationId: rare,
        notificationType: rare,
        jobId: rare,
        provider: rare,
      },
      { requiredKeys: [] },
    ),
    dates,
    fc.record({
      limit: fc.integer({ min: 1, max: 50 }),
      offset: fc.oneof(fc.nat(20), fc.nat(700)),
      sortBy: fc.constantFrom(...Object.values(LogSortKey)),
      sortOrder: fc.constantFrom('asc' as const, 'desc' as const),
    }),
  )
  .map(([conditions, range, page]) => ({ ...conditions, ...range, ...page }));

type Step = (adapter: StorageAdapter, ids: readonly string[]) => Promise<unknown>;

/** `undefined` takes a field away. */
const patch = fc.record(
  { ...fields, sentAt: fc.option(moment, { nil: undefined }), jobId: fc.option(rare, { nil: undefined }) },
  { requiredKeys: [] },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.tuple(fc.nat(), patch).map(
      ([at, changes]): Step =>
        (adapter, ids) =>
          adapter.update(ids[at % ids.length] ?? '', changes).catch(String),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(moment, fc.integer({ min: 1, max: 20 })).map(
      ([before, limit]): Step =>
        (adapter) =>
          adapter.deleteOlderThan(before, limit),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('x', 'y').map(
      (hash): Step =>
        (adapter) =>
          adapter.deleteByRecipient(hash),
    ),
  },
);

interface Pair {
  readonly fast: StorageAdapter;
  readonly model: StorageAdapter;
}

/** The fast adapter and the plain one, after the same history. */
async function play(logs: readonly NotificationLog[], steps: readonly Step[]): Promise<Pair> {
  const pair: Pair = { fast: new InMemoryStorageAdapter(), model: new ModelStorageAdapter() };
  const ids = logs.map(({ id }) => id);
  for (const adapter of [pair.fast, pair.model]) await adapter.save(logs);
  for (const run of steps) {
    const [fast, model] = [await run(pair.fast, ids), await run(pair.model, ids)];
    if (typeof model === 'number') expect(fast).toBe(model);
  }
  return pair;
}

describe('the adapter in memory', () => {
  it('answers every query as reading all rows would, whatever happened before', async () => {
    const property = fc.asyncProperty(
      rows,
      fc.array(step, { maxLength: 60 }),
      fc.array(query, { minLength: 5, maxLength: 15 }),
      async (logs, steps, queries) => {
        const { fast, model } = await play(logs, steps);
        for (const asked of queries) expect(await fast.query(asked)).toEqual(await model.query(asked));
      },
    );
    await fc.assert(property, { numRuns: 120 });
  }, 60_000);

  it('counts as counting all rows would, whatever happened before', async () => {
    const filters: fc.Arbitrary<StatsFilters> = fc
      .tuple(fc.record({ channel }, { requiredKeys: [] }), dates)
      .map(([conditions, range]) => ({ ...conditions, ...range }));
    const property = fc.asyncProperty(
      rows,
      fc.array(step, { maxLength: 60 }),
      fc.array(filters, { minLength: 3, maxLength: 8 }),
      async (logs, steps, asked) => {
        const { fast, model } = await play(logs, steps);
        for (const filter of asked) expect(await fast.stats(filter)).toEqual(await model.stats(filter));
      },
    );
    await fc.assert(property, { numRuns: 80 });
  }, 60_000);
});
