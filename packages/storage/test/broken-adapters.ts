import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NotificationLog } from '../src/notification-log.ts';
import type { LogQuery, StorageAdapter } from '../src/storage-adapter.ts';
import { type ModelStorageAdapter, mergePatch } from '../src/testing/model-storage-adapter.ts';

/** An adapter with one fault, and the case that must catch it. */
export interface BrokenAdapter {
  /** Completes "an adapter that …". */
  readonly fault: string;
  readonly caughtBy: string;
  /** What it does otherwise than the sound one. */
  readonly spoil: (sound: ModelStorageAdapter) => Partial<StorageAdapter>;
}

/** Changes what a query asks for before it is answered. */
function asking(change: (query: LogQuery) => LogQuery): BrokenAdapter['spoil'] {
  return (sound) => ({ query: (query) => sound.query(change(query)) });
}

/** Loses a condition of every query. */
function ignoring(field: keyof LogQuery): BrokenAdapter['spoil'] {
  return asking((query) => {
    const { [field]: _, ...rest } = query;
    return rest as LogQuery;
  });
}

/** Changes rows on their way in. */
function storing(change: (log: NotificationLog) => NotificationLog): BrokenAdapter['spoil'] {
  return (sound) => ({ save: (logs) => sound.save(logs.map(change)) });
}

function without(log: NotificationLog, ...fields: (keyof NotificationLog)[]): NotificationLog {
  return Object.fromEntries(
    Object.entries(log).filter(([key]) => !fields.some((field) => field === key)),
  ) as unknown as NotificationLog;
}

function onMinutes(moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / 1000) * 1000);
}

const savingFaults: readonly BrokenAdapter[] = [
  {
    fault: 'loses a row',
    caughtBy: 'many rows of one call are all saved',
    spoil: (sound) => ({ save: (logs) => sound.save(logs.length > 2 ? logs.slice(0, -1) : logs) }),
  },
  {
    fault: 'loses a field',
    caughtBy: 'a saved row comes back with every field as it was',
    spoil: storing((log) => without(log, 'messageId')),
  },
  {
    fault: 'fills absent fields with null',
    caughtBy: 'a row without optional fields comes back without them',
    spoil: storing((log) => ({ provider: null, ...log }) as unknown as NotificationLog),
  },
  {
    fault: 'takes empty text for none',
    caughtBy: 'empty text, zero and empty lists are kept, not dropped',
    spoil: storing((log) => (log.subject === '' ? without(log, 'subject') : log)),
  },
  {
    fault: 'cuts long text',
    caughtBy: 'long text in any script is kept whole',
    spoil: storing((log) =>
      log.content === undefined ? log : { ...log, content: log.content.slice(0, 65_535) },
    ),
  },
  {
    fault: 'assigns metadata key by key',
    caughtBy: 'a metadata key named __proto__ is only a key',
    spoil: storing((log) => ({ ...log, ...(log.metadata && { metadata: Object.assign({}, log.metadata) }) })),
  },
  {
    fault: 'finds no row by its idempotency key',
    caughtBy: 'a row is found by its idempotency key',
    spoil: () => ({ getByIdempotencyKey: async () => null }),
  },
  {
    fault: 'gives any row for one that does not exist',
    caughtBy: 'what does not exist is null',
    spoil: (sound) => ({
      get: async (id) => (await sound.get(id)) ?? structuredClone(sound.rows[0] ?? null),
    }),
  },
  {
    fault: 'stores a marker when there is nothing to save',
    caughtBy: 'saving no rows changes nothing',
    spoil: (sound) => ({
      async save(logs) {
        await sound.save(logs);
        if (logs.length === 0) sound.rows.push({ id: 'marker' } as unknown as NotificationLog);
      },
    }),
  },
  {
    fault: 'keeps moments in seconds',
    caughtBy: 'moments a millisecond apart are told apart',
    spoil: storing((log) => ({ ...log, createdAt: onMinutes(log.createdAt) })),
  },
];

const updatingFaults: readonly BrokenAdapter[] = [
  {
    fault: 'drops what an update does not name',
    caughtBy: 'an update changes what it names and keeps the rest',
    spoil: (sound) => ({
      async update(id, patch) {
        await sound.update(id, patch);
        const row = sound.rows.find((other) => other.id === id);
        if (row && 'status' in patch) Reflect.deleteProperty(row, 'tags');
        return sound.update(id, {});
      },
    }),
  },
  {
    fault: 'cannot update some fields',
    caughtBy: 'an update can set every field',
    spoil: (sound) => ({
      update: (id, { contentType: _, ...patch }) => sound.update(id, patch),
    }),
  },
  {
    fault: 'takes undefined for unchanged',
    caughtBy: 'a field that an update names as undefined is removed',
    spoil: (sound) => ({
      update: (id, patch) =>
        sound.update(
          id,
          Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)),
        ),
    }),
  },
  {
    fault: 'makes a row out of an update of none',
    caughtBy: 'an update of an unknown row is refused',
    spoil: (sound) => ({
      async update(id, patch) {
        if (!sound.rows.some((row) => row.id === id))
          sound.rows.push({ id, ...patch } as unknown as NotificationLog);
        return sound.update(id, patch);
      },
    }),
  },
  {
    fault: 'lets an update change id and createdAt',
    caughtBy: 'an update cannot change id or createdAt',
    spoil: (sound) => ({
      async update(id, patch) {
        const row = await sound.update(id, patch);
        const stored = sound.rows.find((other) => other.id === id);
        return stored === undefined ? row : structuredClone(Object.assign(stored, patch));
      },
    }),
  },
  {
    fault: 'stamps a row even when an update is empty',
    caughtBy: 'an empty update changes nothing',
    spoil: (sound) => ({ update: (id, patch) => sound.update(id, { updatedAt: new Date(0), ...patch }) }),
  },
  {
    fault: 'forgets to move an updated row between its lists',
    caughtBy: 'queries see a row where its update put it, and no longer where it was',
    spoil: (sound) => {
      const statuses = new Map<string, NotificationLog['status']>();
      return {
        async save(logs) {
          await sound.save(logs);
          for (const { id, status } of logs) statuses.set(id, status);
        },
        async query(query) {
          const page = await sound.query(query);
          const logs = page.logs.filter(
            ({ id }) =>
              query.status === undefined ||
              [query.status].flat().some((status) => status === statuses.get(id)),
          );
          return { logs, total: page.total - page.logs.length + logs.length };
        },
      };
    },
  },
  {
    fault: 'sorts by the moment a row was saved with',
    caughtBy: 'an updated moment moves a row in that order',
    spoil: (sound) => ({
      query: (query) =>
        sound.query({ ...query, sortBy: query.sortBy === 'updatedAt' ? 'createdAt' : query.sortBy }),
    }),
  },
];

const filterFaults: readonly BrokenAdapter[] = [
  { fault: 'ignores the channel', caughtBy: 'rows are filtered by channel', spoil: ignoring('channel') },
  { fault: 'ignores the status', caughtBy: 'rows are filtered by status', spoil: ignoring('status') },
  {
    fault: 'heeds only the first of several statuses',
    caughtBy: 'rows are filtered by several statuses',
    spoil: asking((query) => {
      const [first] = [query.status ?? []].flat();
      return first === undefined ? query : { ...query, status: first };
    }),
  },
  {
    fault: 'ignores the recipient',
    caughtBy: 'rows are filtered by recipient hash',
    spoil: ignoring('recipientHash'),
  },
  {
    fault: 'ignores the notification',
    caughtBy: 'rows are filtered by notification',
    spoil: ignoring('notificationId'),
  },
  {
    fault: 'ignores the type',
    caughtBy: 'rows are filtered by notification type',
    spoil: ignoring('notificationType'),
  },
  { fault: 'ignores the job', caughtBy: 'rows are filtered by job', spoil: ignoring('jobId') },
  { fault: 'ignores the provider', caughtBy: 'rows are filtered by provider', spoil: ignoring('provider') },
  {
    fault: 'takes startDate as "after"',
    caughtBy: 'startDate includes its own moment',
    spoil: asking((query) =>
      query.startDate ? { ...query, startDate: new Date(query.startDate.getTime() + 1) } : query,
    ),
  },
  {
    fault: 'takes endDate as "before"',
    caughtBy: 'endDate includes its own moment',
    spoil: asking((query) =>
      query.endDate ? { ...query, endDate: new Date(query.endDate.getTime() - 1) } : query,
    ),
  },
  {
    fault: 'ignores endDate when there is a startDate',
    caughtBy: 'startDate and endDate together bound the creation',
    spoil: asking((query) => {
      const { endDate: _, ...open } = query;
      return query.startDate ? open : query;
    }),
  },
  {
    fault: 'finds nothing in a range of one moment',
    caughtBy: 'a range of one moment finds the rows of that moment',
    spoil: asking((query) =>
      query.startDate && query.startDate.getTime() === query.endDate?.getTime()
        ? { ...query, channel: 'none' }
        : query,
    ),
  },
  {
    fault: 'heeds one condition only',
    caughtBy: 'two conditions that hold for different rows match none',
    spoil: asking((query) => {
      const { jobId: _, ...rest } = query;
      return query.recipientHash ? rest : query;
    }),
  },
  {
    fault: 'forgets the channel when there are dates',
    caughtBy: 'all conditions must hold',
    spoil: asking((query) => {
      const { status: _, recipientHash: __, ...rest } = query;
      return query.startDate ? rest : query;
    }),
  },
  {
    fault: 'forgets the dates when there are several statuses',
    caughtBy: 'several statuses combine with a channel and dates',
    spoil: asking((query) => {
      const { endDate: _, ...rest } = query;
      return Array.isArray(query.status) ? rest : query;
    }),
  },
  {
    fault: 'gives everything for an unknown value',
    caughtBy: 'a value no row has matches none',
    spoil: asking((query) => {
      const { channel, ...rest } = query;
      return channel === 'fax' ? rest : query;
    }),
  },
  {
    fault: 'takes a type as a pattern',
    caughtBy: 'a condition is taken as a whole value, not as a pattern',
    spoil: (sound) => ({
      query: (query) => {
        const { notificationType } = query;
        return sound.query(
          notificationType?.endsWith('%') ? { ...query, notificationType: 'welcome' } : query,
        );
      },
    }),
  },
  {
    fault: 'hides every row when nothing is asked for',
    caughtBy: 'without conditions every row matches',
    spoil: (sound) => ({
      async query(query) {
        const page = await sound.query(query);
        return page.total === 5 && Object.keys(query).length === 4
          ? { logs: page.logs.slice(1), total: 4 }
          : page;
      },
    }),
  },
];

const listFaults: readonly BrokenAdapter[] = [
  {
    fault: 'makes up a row in an empty log',
    caughtBy: 'a query of an empty log is an empty page',
    spoil: (sound) => ({
      async query(query) {
        const page = await sound.query(query);
        return page.total === 0 ? { logs: [], total: 1 } : page;
      },
    }),
  },
  {
    fault: 'leaves the content out of lists',
    caughtBy: 'a page holds whole rows',
    spoil: (sound) => ({
      async query(query) {
        const { logs, total } = await sound.query(query);
        return { logs: logs.map((log) => without(log, 'content')), total };
      },
    }),
  },
  {
    fault: 'answers queries from a stale list',
    caughtBy: 'a query sees what was saved a moment ago',
    spoil: (sound) => {
      let known: NotificationLog[] = [];
      return {
        async query(query) {
          const now = sound.rows;
          sound.rows = known;
          const page = await sound.query(query);
          sound.rows = now;
          known = [...now];
          return page;
        },
      };
    },
  },
  {
    fault: 'stops at 256 rows',
    caughtBy: 'a condition on a field with many rows counts and pages them all',
    spoil: (sound) => ({
      async query(query) {
        const { logs, total } = await sound.query(query);
        return { logs: logs.slice(0, 150), total };
      },
    }),
  },
  {
    fault: 'gives a row on two pages',
    caughtBy: 'pages one after the other hold every row once, also rows of the same moment',
    spoil: asking((query) => ({ ...query, offset: Math.max(0, query.offset - 1) })),
  },
  {
    fault: 'orders pages by their size',
    caughtBy: 'pages do not depend on their size',
    spoil: asking((query) => ({
      ...query,
      sortOrder: query.limit === 3 || query.limit === 2 ? 'asc' : query.sortOrder,
    })),
  },
  {
    fault: 'counts the page for the total',
    caughtBy: 'the total counts all that match, on every page',
    spoil: (sound) => ({
      async query(query) {
        const { logs } = await sound.query(query);
        return { logs, total: logs.length };
      },
    }),
  },
  {
    fault: 'gives one row too many',
    caughtBy: 'a page holds at most its limit',
    spoil: asking((query) => ({ ...query, limit: query.limit + 1 })),
  },
  {
    fault: 'starts over beyond the end',
    caughtBy: 'a page beyond the end is empty and still tells the total',
    spoil: (sound) => ({
      async query(query) {
        const page = await sound.query(query);
        return query.offset >= page.total ? sound.query({ ...query, offset: 0 }) : page;
      },
    }),
  },
  {
    fault: 'leaves out rows that lack the moment',
    caughtBy: 'pages reach from rows that have the moment into those that lack it',
    spoil: (sound) => ({
      async query(query) {
        const { logs, total } = await sound.query(query);
        return { logs: logs.filter((log) => log[query.sortBy] !== undefined), total };
      },
    }),
  },
  {
    fault: 'puts rows that lack the moment first',
    caughtBy: 'rows that lack the moment come last in either direction',
    spoil: (sound) => ({
      async query(query) {
        const { logs, total } = await sound.query({ ...query, offset: 0, limit: 1000 });
        const lacking = logs.filter((log) => log[query.sortBy] === undefined);
        const present = logs.filter((log) => log[query.sortBy] !== undefined);
        const all = query.sortOrder === 'asc' ? [...lacking, ...present] : [...present, ...lacking];
        return { logs: all.slice(query.offset, query.offset + query.limit), total };
      },
    }),
  },
  {
    fault: 'leaves rows of one moment in the order they came',
    caughtBy: 'rows of the same moment are ordered by id, in the direction of the sort',
    spoil: (sound) => ({
      async query(query) {
        const { total } = await sound.query(query);
        const order = sound.rows.map(({ id }) => id);
        const { logs } = await sound.query({ ...query, offset: 0, limit: 1000 });
        const sign = query.sortOrder === 'asc' ? 1 : -1;
        logs.sort((left, right) => {
          const moments = Number(left[query.sortBy] ?? Infinity) - Number(right[query.sortBy] ?? Infinity);
          return sign * (moments || order.indexOf(left.id) - order.indexOf(right.id));
        });
        return { logs: logs.slice(query.offset, query.offset + query.limit), total };
      },
    }),
  },
  ...(['createdAt', 'updatedAt', 'sentAt', 'deliveredAt', 'failedAt'] as const).map(
    (key): BrokenAdapter => ({
      fault: `sorts ${key} in one direction only`,
      caughtBy: `rows are sorted by ${key}, in both directions`,
      spoil: asking((query) => ({ ...query, sortOrder: query.sortBy === key ? 'desc' : query.sortOrder })),
    }),
  ),
  {
    fault: 'sorts by creation when it filters by dates',
    caughtBy: 'a filtered list is sorted by another moment than the dates it is filtered by',
    spoil: asking((query) => ({ ...query, sortBy: query.startDate ? 'createdAt' : query.sortBy })),
  },
];

const statsFaults: readonly BrokenAdapter[] = [
  {
    fault: 'never counts less than one',
    caughtBy: 'statistics of an empty log are zero',
    spoil: (sound) => ({
      async stats(filters) {
        const stats = await sound.stats(filters);
        return { ...stats, total: Math.max(1, stats.total) };
      },
    }),
  },
  {
    fault: 'counts statuses instead of what happened',
    caughtBy: 'a delivered row also counts as sent',
    spoil: (sound) => ({
      async stats(filters) {
        const stats = await sound.stats(filters);
        return { ...stats, sent: stats.sent - stats.delivered };
      },
    }),
  },
  {
    fault: 'forgets that a failed row was sent',
    caughtBy: 'what was reached counts, whatever came after',
    spoil: (sound) => ({
      async stats(filters) {
        const stats = await sound.stats(filters);
        return { ...stats, sent: stats.byStatus['sent'] ?? 0 };
      },
    }),
  },
  {
    fault: 'counts all channels',
    caughtBy: 'statistics are narrowed by channel',
    spoil: (sound) => ({ stats: ({ channel: _, ...filters }) => sound.stats(filters) }),
  },
  {
    fault: 'counts all dates',
    caughtBy: 'statistics are narrowed by the dates of creation, both included',
    spoil: (sound) => ({ stats: ({ startDate: _, endDate: __, ...filters }) => sound.stats(filters) }),
  },
  {
    fault: 'does not count deletions',
    caughtBy: 'statistics follow updates and deletions',
    spoil: (sound) => {
      let deleted = 0;
      return {
        async deleteOlderThan(moment, limit) {
          const count = await sound.deleteOlderThan(moment, limit);
          deleted += count;
          return count;
        },
        async stats(filters) {
          const stats = await sound.stats(filters);
          return { ...stats, total: stats.total + deleted };
        },
      };
    },
  },
];

const deletingFaults: readonly BrokenAdapter[] = [
  {
    fault: 'deletes the row of the moment itself',
    caughtBy: 'a cleanup deletes the rows created before its moment, and no others',
    spoil: (sound) => ({
      deleteOlderThan: (moment, limit) => sound.deleteOlderThan(new Date(moment.getTime() + 1), limit),
    }),
  },
  {
    fault: 'deletes too little',
    caughtBy: 'a cleanup deletes at most its limit, the oldest first',
    spoil: (sound) => ({
      deleteOlderThan: (moment, limit) => sound.deleteOlderThan(moment, Math.ceil(limit / 2)),
    }),
  },
  {
    fault: 'deletes without a limit',
    caughtBy: 'a cleanup deletes at most its limit, the oldest first',
    spoil: (sound) => ({ deleteOlderThan: (moment) => sound.deleteOlderThan(moment, 1_000_000) }),
  },
  {
    fault: 'says it deleted when it did not',
    caughtBy: 'a cleanup with nothing to delete says 0',
    spoil: (sound) => ({
      deleteOlderThan: async (moment, limit) => Math.max(1, await sound.deleteOlderThan(moment, limit)),
    }),
  },
  {
    fault: 'still finds a deleted row by its key',
    caughtBy: 'a deleted row is gone from every way to find it',
    spoil: (sound) => {
      const keys = new Map<string, NotificationLog>();
      return {
        async save(logs) {
          await sound.save(logs);
          for (const log of logs) if (log.idempotencyKey) keys.set(log.idempotencyKey, structuredClone(log));
        },
        getByIdempotencyKey: async (key) =>
          (await sound.getByIdempotencyKey(key)) ?? structuredClone(keys.get(key) ?? null),
      };
    },
  },
  {
    fault: 'never gives an idempotency key free',
    caughtBy: 'id and idempotency key of a deleted row can be used again',
    spoil: (sound) => {
      const used = new Set<string>();
      return {
        async save(logs) {
          await sound.save(logs.filter(({ idempotencyKey }) => !used.has(idempotencyKey ?? '')));
          for (const { idempotencyKey } of logs) if (idempotencyKey) used.add(idempotencyKey);
        },
      };
    },
  },
  {
    fault: 'erases only finished rows of a recipient',
    caughtBy: 'erasing a recipient deletes all of its rows, whatever their channel, status and level',
    spoil: (sound) => ({
      async deleteByRecipient(hash) {
        const kept = sound.rows
          .filter((row) => row.recipientHash === hash && row.status === 'pending')
          .slice(0, 1);
        const count = await sound.deleteByRecipient(hash);
        sound.rows.push(...kept);
        return count - kept.length;
      },
    }),
  },
  {
    fault: 'erases rows without a recipient too',
    caughtBy: 'erasing a recipient a second time, or one there is none of, says 0',
    spoil: (sound) => ({
      async deleteByRecipient(hash) {
        const before = sound.rows.length;
        sound.rows = sound.rows.filter(({ recipientHash = hash }) => recipientHash !== hash);
        return before - sound.rows.length;
      },
    }),
  },
  {
    fault: 'erases one batch only',
    caughtBy: 'erasing a recipient with many rows deletes every one',
    spoil: (sound) => ({
      async deleteByRecipient(hash) {
        const kept = sound.rows.filter(({ recipientHash }) => recipientHash === hash).slice(500);
        const count = await sound.deleteByRecipient(hash);
        sound.rows.push(...kept);
        return count - kept.length;
      },
    }),
  },
];

const liveFaults: readonly BrokenAdapter[] = [
  {
    fault: 'keeps the very rows it is handed',
    caughtBy: 'changing a row after it was saved changes nothing stored',
    spoil: (sound) => ({
      async save(logs) {
        await sound.save(logs);
        sound.rows.splice(-logs.length, logs.length, ...logs);
      },
    }),
  },
  {
    fault: 'gives out its live rows',
    caughtBy: 'changing a row that get gave changes nothing stored',
    spoil: (sound) => ({
      get: async (id) => (await sound.get(id)) && (sound.rows.find((row) => row.id === id) ?? null),
    }),
  },
  {
    fault: 'gives out live rows by key',
    caughtBy: 'changing a row found by idempotency key changes nothing stored',
    spoil: (sound) => ({
      getByIdempotencyKey: async (key) =>
        (await sound.getByIdempotencyKey(key)) &&
        (sound.rows.find((row) => row.idempotencyKey === key) ?? null),
    }),
  },
  {
    fault: 'gives out live rows in pages',
    caughtBy: 'changing a row of a page changes nothing stored',
    spoil: (sound) => ({
      async query(query) {
        const { logs, total } = await sound.query(query);
        return {
          logs: logs.map(({ id }) => sound.rows.find((row) => row.id === id) as NotificationLog),
          total,
        };
      },
    }),
  },
  {
    fault: 'gives out the live row after an update',
    caughtBy: 'changing the row an update gave changes nothing stored',
    spoil: (sound) => ({
      async update(id, patch) {
        await sound.update(id, patch);
        return sound.rows.find((row) => row.id === id) as NotificationLog;
      },
    }),
  },
  {
    fault: 'keeps the very patch it is handed',
    caughtBy: 'changing a patch after the update changes nothing stored',
    spoil: (sound) => ({
      async update(id, patch) {
        const row = await sound.update(id, patch);
        const index = sound.rows.findIndex((other) => other.id === id);
        sound.rows[index] = mergePatch(row, patch);
        return row;
      },
    }),
  },
];

const atomicityFaults: readonly BrokenAdapter[] = [
  {
    fault: 'overwrites a row with the same id',
    caughtBy: 'an id that exists is refused, and its row stays as it was',
    spoil: (sound) => ({
      async save(logs) {
        sound.assertOpen();
        sound.rows = sound.rows.filter(({ id }) => !logs.some((log) => log.id === id));
        await sound.save(logs);
      },
    }),
  },
  {
    fault: 'allows an idempotency key twice',
    caughtBy: 'an idempotency key that exists is refused',
    spoil: (sound) => ({
      async save(logs) {
        await sound.save(logs.map((log) => without(log, 'idempotencyKey')));
        for (const log of logs) {
          const row = sound.rows.find(({ id }) => id === log.id);
          if (row && log.idempotencyKey) Object.assign(row, { idempotencyKey: log.idempotencyKey });
        }
      },
    }),
  },
  {
    fault: 'saves rows one by one',
    caughtBy: 'when one row of a call is refused, none of them is saved',
    spoil: (sound) => ({
      async save(logs) {
        sound.assertOpen();
        for (const log of logs) await sound.save([log]);
      },
    }),
  },
  {
    fault: 'drops the second of two rows with one id',
    caughtBy: 'an id twice in one call is refused as a whole',
    spoil: (sound) => ({
      save: (logs) =>
        sound.save(logs.filter((log, index) => logs.findIndex(({ id }) => id === log.id) === index)),
    }),
  },
  {
    fault: 'looks first and stores a moment later',
    caughtBy: 'of two saves of one id at the same time, one is refused',
    spoil: (sound) => ({
      async save(logs) {
        for (const { id } of logs) if (sound.rows.some((row) => row.id === id)) return sound.save(logs);
        await nextTurn();
        sound.rows = sound.rows.filter(({ id }) => !logs.some((log) => log.id === id));
        await sound.save(logs);
      },
    }),
  },
  {
    fault: 'reads a row and writes it back whole a moment later',
    caughtBy: 'updates of different fields at the same time all hold',
    spoil: (sound) => ({
      async update(id, patch) {
        const row = await sound.get(id);
        await nextTurn();
        return sound.update(id, { ...row, ...patch });
      },
    }),
  },
  {
    fault: 'counts what it is about to delete',
    caughtBy: 'two cleanups at the same time delete each row once',
    spoil: (sound) => ({
      async deleteOlderThan(moment, limit) {
        const old = sound.rows.filter(({ createdAt }) => createdAt < moment).length;
        await nextTurn();
        await sound.deleteOlderThan(moment, limit);
        return Math.min(old, limit);
      },
    }),
  },
  {
    fault: 'writes half of a refused update',
    caughtBy: 'a refused update changes nothing',
    spoil: (sound) => ({
      async update(id, { idempotencyKey, ...patch }) {
        const row = await sound.update(id, patch);
        return idempotencyKey === undefined ? row : sound.update(id, { idempotencyKey });
      },
    }),
  },
  {
    fault: 'cannot be closed twice',
    caughtBy: 'closing twice is fine',
    spoil: (sound) => ({
      async close() {
        sound.assertOpen();
        await sound.close();
      },
    }),
  },
  {
    fault: 'goes on after it was closed',
    caughtBy: 'a closed adapter refuses everything',
    spoil: () => ({ close: async () => {} }),
  },
];

export const brokenAdapters: readonly BrokenAdapter[] = [
  ...savingFaults,
  ...updatingFaults,
  ...filterFaults,
  ...listFaults,
  ...statsFaults,
  ...deletingFaults,
  ...liveFaults,
  ...atomicityFaults,
];
