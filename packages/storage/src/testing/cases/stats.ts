import assert from 'node:assert/strict';
import type { CaseContext } from '../case-context.ts';
import { minute } from '../sample-log.ts';
import type { StorageAdapterCase } from '../storage-adapter-case.ts';

async function saveMixed(context: CaseContext): Promise<void> {
  await context.save(
    { id: 'a', channel: 'email', status: 'sent', createdAt: minute(1), sentAt: minute(1) },
    {
      id: 'b',
      channel: 'email',
      status: 'delivered',
      createdAt: minute(2),
      sentAt: minute(2),
      deliveredAt: minute(3),
    },
    { id: 'c', channel: 'sms', status: 'delivered', createdAt: minute(3) },
    { id: 'd', channel: 'sms', status: 'failed', createdAt: minute(4) },
    { id: 'e', channel: 'sms', status: 'retrying', createdAt: minute(5) },
    { id: 'f', channel: 'push', status: 'pending', createdAt: minute(6) },
  );
}

export const statsCases: readonly StorageAdapterCase[] = [
  {
    name: 'statistics of an empty log are zero',
    async run({ adapter }) {
      const none = { total: 0, sent: 0, delivered: 0, failed: 0, retrying: 0, byChannel: {}, byStatus: {} };
      assert.deepEqual(await adapter.stats({}), none);
    },
  },
  {
    name: 'a delivered row also counts as sent',
    async run(context) {
      await saveMixed(context);
      assert.deepEqual(await context.adapter.stats({}), {
        total: 6,
        sent: 3,
        delivered: 2,
        failed: 1,
        retrying: 1,
        byChannel: { email: 2, sms: 3, push: 1 },
        byStatus: { sent: 3, delivered: 2, failed: 1, retrying: 1, pending: 1 },
      });
    },
  },
  {
    name: 'what was reached counts, whatever came after',
    async run(context) {
      await context.save(
        { id: 'a', status: 'sent', sentAt: minute(1), deliveredAt: minute(2) },
        { id: 'b', status: 'failed', sentAt: minute(1) },
      );
      const { sent, delivered, failed, byStatus } = await context.adapter.stats({});
      assert.deepEqual(
        { sent, delivered, failed, byStatus },
        { sent: 2, delivered: 1, failed: 1, byStatus: { sent: 1, failed: 1 } },
      );
    },
  },
  {
    name: 'statistics are narrowed by channel',
    async run(context) {
      await saveMixed(context);
      const stats = await context.adapter.stats({ channel: 'sms' });
      assert.deepEqual([stats.total, stats.sent, stats.failed], [3, 1, 1]);
      assert.deepEqual(stats.byChannel, { sms: 3 });
      assert.equal((await context.adapter.stats({ channel: 'fax' })).total, 0);
    },
  },
  {
    name: 'statistics are narrowed by the dates of creation, both included',
    async run(context) {
      await saveMixed(context);
      const stats = await context.adapter.stats({ startDate: minute(2), endDate: minute(4) });
      assert.deepEqual([stats.total, stats.delivered, stats.failed, stats.retrying], [3, 2, 1, 0]);
      assert.deepEqual(stats.byChannel, { email: 1, sms: 2 });
      assert.equal((await context.adapter.stats({ startDate: minute(5) })).total, 2);
      assert.equal((await context.adapter.stats({ endDate: minute(1), channel: 'email' })).total, 1);
    },
  },
  {
    name: 'statistics follow updates and deletions',
    async run(context) {
      await saveMixed(context);
      await context.adapter.update('d', { status: 'sent', sentAt: minute(7) });
      await context.adapter.update('a', { channel: 'webhook' });
      await context.adapter.deleteOlderThan(minute(3), 1);
      const stats = await context.adapter.stats({});
      assert.deepEqual([stats.total, stats.sent, stats.failed], [5, 3, 0]);
      assert.deepEqual(stats.byChannel, { email: 1, sms: 3, push: 1 });
    },
  },
];
