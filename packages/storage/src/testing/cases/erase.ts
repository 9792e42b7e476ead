import assert from 'node:assert/strict';
import { minute } from '../sample-log.ts';
import type { StorageAdapterCase } from '../storage-adapter-case.ts';

export const eraseCases: readonly StorageAdapterCase[] = [
  {
    name: 'erasing a recipient deletes all of its rows, whatever their channel, status and level',
    async run(context) {
      await context.save(
        { id: 'a', recipientHash: 'r1:ada', status: 'sent' },
        { id: 'b', recipientHash: 'r1:ada', channel: 'sms', status: 'pending', createdAt: minute(-500) },
        { id: 'c', recipientHash: 'r1:ada', contentPrivacy: 'private', recipient: '' },
        { id: 'd', recipientHash: 'r1:bob' },
        { id: 'e' },
      );
      assert.equal(await context.adapter.deleteByRecipient('r1:ada'), 3);
      await context.expectMatches({}, ['d', 'e']);
      assert.equal(await context.harness.countRows(), 2);
      assert.equal(await context.harness.inspect('a'), null);
    },
  },
  {
    name: 'erasing a recipient a second time, or one there is none of, says 0',
    async run(context) {
      await context.save({ id: 'a', recipientHash: 'r1:ada' }, { id: 'b' });
      await context.adapter.deleteByRecipient('r1:ada');
      assert.equal(await context.adapter.deleteByRecipient('r1:ada'), 0);
      assert.equal(await context.adapter.deleteByRecipient('r1:nobody'), 0);
      assert.equal(await context.harness.countRows(), 1);
    },
  },
  {
    name: 'erasing a recipient with many rows deletes every one',
    async run(context) {
      const rows = Array.from({ length: 600 }, (_, index) => ({
        id: `row-${index}`,
        recipientHash: 'r1:ada',
      }));
      await context.save(...rows, { id: 'other', recipientHash: 'r1:bob' });
      assert.equal(await context.adapter.deleteByRecipient('r1:ada'), 600);
      assert.equal(await context.harness.countRows(), 1);
    },
  },
];
