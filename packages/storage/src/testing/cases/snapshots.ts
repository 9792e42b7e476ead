import assert from 'node:assert/strict';
import type { NotificationLog } from '../../notification-log.ts';
import type { CaseContext } from '../case-context.ts';
import { fullLog } from '../sample-log.ts';
import type { StorageAdapterCase } from '../storage-adapter-case.ts';

/** Changes whatever of a row can be changed, as careless code would. Frozen parts are fine: they cannot. */
function tamperWith(log: NotificationLog): void {
  const attempts = [
    () => Reflect.set(log, 'status', 'cancelled'),
    () => log.createdAt.setTime(0),
    () => log.sentAt?.setTime(0),
    () => Reflect.set(log.retryLogs, 'length', 0),
    () => log.retryLogs[0]?.timestamp.setTime(0),
    () => Reflect.set(log.metadata ?? {}, 'campaign', 'tampered'),
    () => Reflect.set(log.tags ?? [], '0', 'tampered'),
  ];
  for (const attempt of attempts) attempt();
}

function tampering(
  name: string,
  obtain: (context: CaseContext, log: NotificationLog) => Promise<NotificationLog | null | undefined>,
): StorageAdapterCase {
  return {
    name,
    async run(context) {
      const log = fullLog({ id: 'a' });
      const expected = structuredClone(log);
      await context.adapter.save([log]);
      const handed = await obtain(context, log);
      assert.ok(handed);
      tamperWith(handed);
      assert.deepEqual(await context.adapter.get('a'), expected);
      assert.equal((await context.query({ status: expected.status })).total, 1);
    },
  };
}

export const snapshotCases: readonly StorageAdapterCase[] = [
  tampering('changing a row after it was saved changes nothing stored', async (_, log) => log),
  tampering('changing a row that get gave changes nothing stored', ({ adapter }) => adapter.get('a')),
  tampering('changing a row found by idempotency key changes nothing stored', ({ adapter }) =>
    adapter.getByIdempotencyKey('key-full'),
  ),
  tampering(
    'changing a row of a page changes nothing stored',
    async (context) => (await context.query()).logs[0],
  ),
  tampering('changing the row an update gave changes nothing stored', ({ adapter }) =>
    adapter.update('a', {}),
  ),
  {
    name: 'changing a patch after the update changes nothing stored',
    async run(context) {
      await context.save({ id: 'a' });
      const metadata = { step: 'before' };
      const retryLogs = [{ attempt: 1, status: 'failed' as const, timestamp: new Date(5) }];
      await context.adapter.update('a', { metadata, retryLogs });
      metadata.step = 'after';
      retryLogs[0]?.timestamp.setTime(9);
      retryLogs.pop();
      const row = await context.adapter.get('a');
      assert.deepEqual(row?.metadata, { step: 'before' });
      assert.deepEqual(row?.retryLogs, [{ attempt: 1, status: 'failed', timestamp: new Date(5) }]);
    },
  },
];
