import assert from 'node:assert/strict';
import { StorageErrorCode } from '../../errors.ts';
import { fullLog, minute, plainLog } from '../sample-log.ts';
import type { StorageAdapterCase } from '../storage-adapter-case.ts';

export const lifecycleCases: readonly StorageAdapterCase[] = [
  {
    name: 'closing twice is fine',
    async run({ adapter }) {
      await adapter.close?.();
      await adapter.close?.();
    },
  },
  {
    name: 'a closed adapter refuses everything',
    async run(context) {
      const { adapter } = context;
      if (adapter.close === undefined) return;
      await adapter.close();
      const calls = [
        () => adapter.save([plainLog({ id: 'a' })]),
        () => adapter.update('a', {}),
        () => adapter.get('a'),
        () => adapter.getByIdempotencyKey('a'),
        () => context.query(),
        () => adapter.stats({}),
        () => adapter.deleteOlderThan(minute(1), 1),
        () => adapter.deleteByRecipient('r1:ada'),
      ];
      for (const call of calls) await context.refuses(call, StorageErrorCode.STORAGE_CLOSED);
    },
  },
  {
    name: 'rows outlive the process',
    needs: 'durability',
    async run({ adapter, harness }) {
      const log = fullLog({ id: 'a' });
      await adapter.save([log, plainLog({ id: 'b' })]);
      await adapter.update('b', { status: 'sent' });
      assert.ok(harness.restart, 'the harness of a durable adapter needs `restart`');
      const reopened = await harness.restart();
      assert.deepEqual(await reopened.get('a'), log);
      assert.equal((await reopened.get('b'))?.status, 'sent');
      assert.equal((await reopened.stats({})).total, 2);
    },
  },
];
