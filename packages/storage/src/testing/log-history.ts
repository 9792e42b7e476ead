import type * as FastCheck from 'fast-check';
import { type NotificationLog, NotificationLogStatus } from '../notification-log.ts';
import {
  type LogQuery,
  LogSortKey,
  type NotificationLogPatch,
  type StatsFilters,
  type StorageAdapter,
} from '../storage-adapter.ts';
import { minute, plainLog } from './sample-log.ts';

/** The functions of fast-check that the model needs; hand in your own copy: `import fc from 'fast-check'`. */
export type FastCheckModule = Pick<
  typeof FastCheck,
  | 'array'
  | 'assert'
  | 'asyncProperty'
  | 'constant'
  | 'constantFrom'
  | 'integer'
  | 'nat'
  | 'oneof'
  | 'option'
  | 'record'
  | 'tuple'
  | 'uniqueArray'
>;

/** Something that happens to a log. `pick` points at a row: that many places along those that were there at first, round and round. */
export type LogStep =
  | { readonly do: 'update'; readonly pick: number; readonly patch: NotificationLogPatch }
  | { readonly do: 'save'; readonly pick: number; readonly row: Partial<NotificationLog> }
  | { readonly do: 'clean up'; readonly before: Date; readonly limit: number }
  | { readonly do: 'erase'; readonly recipientHash: string };

/** The life of a log, and what is asked of it afterwards. */
export interface LogHistory {
  readonly rows: readonly NotificationLog[];
  readonly steps: readonly LogStep[];
  readonly queries: readonly LogQuery[];
  readonly stats: readonly StatsFilters[];
}

/** Does a step; a row that is saved has an id, or else a key, that may be taken. */
export function doStep(adapter: StorageAdapter, step: LogStep, ids: readonly string[]): Promise<unknown> {
  switch (step.do) {
    case 'update':
      return adapter.update(ids[step.pick % ids.length] ?? '', step.patch);
    case 'save':
      return adapter.save([plainLog({ ...step.row, id: ids[step.pick] ?? `new-${step.pick}` })]);
    case 'clean up':
      return adapter.deleteOlderThan(step.before, step.limit);
    case 'erase':
      return adapter.deleteByRecipient(step.recipientHash);
  }
}

/** Lives of logs of a few hundred rows at most, over a few hours so that moments are shared. */
export function logHistories(fc: FastCheckModule): FastCheck.Arbitrary<LogHistory> {
  const values = fieldValues(fc);
  return fc.record({
    rows: rowsOf(fc, values),
    steps: fc.array(stepOf(fc, values), { maxLength: 60 }),
    queries: fc.array(queryOf(fc, values), { minLength: 5, maxLength: 15 }),
    stats: fc.array(statsFiltersOf(fc, values), { minLength: 3, maxLength: 8 }),
  });
}

type FieldValues = ReturnType<typeof fieldValues>;

function fieldValues(fc: FastCheckModule) {
  /** Values of very different frequency, so that there are many rows of some and few of others. */
  const rare = fc.oneof(
    { weight: 8, arbitrary: fc.constant('often') },
    { weight: 1, arbitrary: fc.constantFrom('x', 'y', 'z') },
  );
  const anywhere = fc.integer({ min: -3000, max: 3000 }).map((quarters) => minute(quarters / 4));
  /** Around full hours, one of which is midnight: where adapters that count by hours and days may count a row twice or not at all. */
  const onTheHour = fc
    .tuple(fc.integer({ min: -10, max: 3 }), fc.integer({ min: -1, max: 1 }))
    .map(([hours, ms]) => new Date(Date.UTC(2026, 0, 5, 9 + hours) + ms));
  return {
    moment: fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }).map(minute) },
      { weight: 1, arbitrary: anywhere },
      { weight: 1, arbitrary: onTheHour },
    ),
    status: fc.constantFrom(...Object.values(NotificationLogStatus)),
    channel: fc.constantFrom('email', 'sms', 'push'),
    rare,
  };
}

/** The fields that queries narrow by or sort by, all of which may change. */
function changingFields({ channel, status, rare, moment }: FieldValues) {
  return {
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
}

function rowsOf(fc: FastCheckModule, values: FieldValues): FastCheck.Arbitrary<NotificationLog[]> {
  const row = fc.record(
    { createdAt: values.moment, ...changingFields(values) },
    { requiredKeys: ['createdAt', 'channel', 'status'] },
  );
  return fc
    .oneof(fc.array(row, { maxLength: 60 }), fc.array(row, { minLength: 300, maxLength: 600, size: 'max' }))
    .map((partials) =>
      partials.map((partial, index) =>
        // Ids in another order than the rows.
        plainLog({ ...partial, id: `row-${(index * 7919) % 1009}`, idempotencyKey: `key-${index}` }),
      ),
    );
}

function stepOf(fc: FastCheckModule, values: FieldValues): FastCheck.Arbitrary<LogStep> {
  const { moment, rare } = values;
  const fields = changingFields(values);
  // `undefined` takes a field away.
  const patch = fc.record(
    {
      ...fields,
      sentAt: fc.option(moment, { nil: undefined }),
      jobId: fc.option(rare, { nil: undefined }),
      provider: fc.option(rare, { nil: undefined }),
      idempotencyKey: fc.nat(60).map((number) => `key-${number}`),
    },
    { requiredKeys: [] },
  );
  const saved = fc.record(
    { createdAt: moment, ...fields, idempotencyKey: fc.nat(900).map((number) => `key-${number}`) },
    { requiredKeys: ['createdAt', 'channel', 'status'] },
  );
  return fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({ do: fc.constant('update' as const), pick: fc.nat(), patch }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('save' as const), pick: fc.nat(900), row: saved }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('clean up' as const),
        before: moment,
        limit: fc.integer({ min: 1, max: 20 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('erase' as const), recipientHash: fc.constantFrom('x', 'y') }),
    },
  );
}

function queryOf(fc: FastCheckModule, values: FieldValues): FastCheck.Arbitrary<LogQuery> {
  const { channel, status, rare } = values;
  const conditions = fc.record(
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
  );
  // Most conditions together match nothing; few of them are more interesting.
  const fewConditions = fc
    .tuple(conditions, fc.uniqueArray(fc.nat(6), { maxLength: 3 }))
    .map(([all, kept]) =>
      Object.fromEntries(Object.entries(all).filter((_, position) => kept.includes(position))),
    );
  const page = fc.record({
    limit: fc.integer({ min: 1, max: 50 }),
    offset: fc.oneof(fc.nat(20), fc.nat(700)),
    sortBy: fc.constantFrom(...Object.values(LogSortKey)),
    sortOrder: fc.constantFrom('asc' as const, 'desc' as const),
  });
  return fc
    .tuple(fc.oneof(conditions, fewConditions), datesOf(fc, values), page)
    .map(([narrowing, dates, rest]) => ({ ...narrowing, ...dates, ...rest }));
}

function statsFiltersOf(fc: FastCheckModule, values: FieldValues): FastCheck.Arbitrary<StatsFilters> {
  return fc
    .tuple(fc.record({ channel: values.channel }, { requiredKeys: [] }), datesOf(fc, values))
    .map(([narrowing, dates]) => ({ ...narrowing, ...dates }));
}

function datesOf(fc: FastCheckModule, { moment }: FieldValues) {
  return fc
    .tuple(fc.option(moment), fc.option(moment))
    .map(([startDate, endDate]) => ({ ...(startDate && { startDate }), ...(endDate && { endDate }) }));
}
