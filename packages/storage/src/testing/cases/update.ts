import assert from 'node:assert/strict';
import { StorageErrorCode } from '../../errors.ts';
import { fullLog, minute } from '../sample-log.ts';
import type { StorageAdapterCase } from '../storage-adapter-case.ts';

export const updateCases: readonly StorageAdapterCase[] = [
  {
    name: 'an update changes what it names and keeps the rest',
    async run({ adapter, harness }) {
      const log = fullLog({ id: 'a' });
      await adapter.save([log]);
      const patch = {
        status: 'failed',
        error: 'HTTP 500',
        failedAt: minute(9),
        updatedAt: minute(9),
      } as const;
      assert.deepEqual(await adapter.update('a', patch), { ...log, ...patch });
      assert.deepEqual(await adapter.get('a'), { ...log, ...patch });
      assert.equal((await harness.inspect('a'))?.status, 'failed');
    },
  },
  {
    name: 'an update can set every field',
    async run(context) {
      await context.save({ id: 'a' });
      const { id: _, createdAt, ...patch } = fullLog({ id: 'a' });
      await context.adapter.update('a', patch);
      assert.deepEqual(await context.adapter.get('a'), { ...patch, id: 'a', createdAt });
    },
  },
  {
    name: 'a field that an update names as undefined is removed',
    async run({ adapter, harness }) {
      await adapter.save([fullLog({ id: 'a' })]);
      const removed = {
        subject: undefined,
        content: undefined,
        error: undefined,
        metadata: undefined,
        sentAt: undefined,
      };
      await adapter.update('a', removed);
      const row = await adapter.get('a');
      assert.ok(row);
      for (const field of Object.keys(removed)) assert.equal(field in row, false, `${field} is gone`);
      assert.equal(row.provider, 'sms-two');
      assert.equal((await harness.inspect('a'))?.subject, undefined);
    },
  },
  {
    name: 'an update of an unknown row is refused',
    async run(context) {
      await context.save({ id: 'a' });
      const call = () => context.adapter.update('b', { subject: 'x' });
      await context.refuses(call, StorageErrorCode.STORAGE_LOG_NOT_FOUND);
      assert.equal(await context.harness.countRows(), 1);
    },
  },
  {
    name: 'an update cannot change id or createdAt',
    async run(context) {
      await context.save({ id: 'a', createdAt: minute(1) });
      // What the type forbids may still come from code without types.
      const smuggled: object = { id: 'b', createdAt: minute(5), subject: 'x' };
      await context.adapter.update('a', smuggled);
      const row = await context.adapter.get('a');
      assert.deepEqual([row?.id, row?.createdAt, row?.subject], ['a', minute(1), 'x']);
      assert.equal(await context.adapter.get('b'), null);
    },
  },
  {
    name: 'an empty update changes nothing',
    async run({ adapter }) {
      const log = fullLog({ id: 'a' });
      await adapter.save([log]);
      assert.deepEqual(await adapter.update('a', {}), log);
      assert.deepEqual(await adapter.get('a'), log);
    },
  },
  {
    name: 'queries see a row where its update put it, and no longer where it was',
    async run(context) {
      await context.save({
        id: 'a',
        status: 'pending',
        recipientHash: 'r1:old',
        jobId: 'job-old',
        idempotencyKey: 'key-old',
      });
      await context.adapter.update('a', {
        status: 'sent',
        recipientHash: 'r1:new',
        jobId: 'job-new',
        idempotencyKey: 'key-new',
      });
      await context.expectMatches({ status: 'pending' }, []);
      await context.expectMatches({ status: 'sent' }, ['a']);
      await context.expectMatches({ recipientHash: 'r1:old' }, []);
      await context.expectMatches({ recipientHash: 'r1:new' }, ['a']);
      await context.expectMatches({ jobId: 'job-old' }, []);
      await context.expectMatches({ jobId: 'job-new' }, ['a']);
      assert.equal(await context.adapter.getByIdempotencyKey('key-old'), null);
      assert.equal((await context.adapter.getByIdempotencyKey('key-new'))?.id, 'a');
    },
  },
  {
    name: 'an updated moment moves a row in that order',
    async run(context) {
      await context.save(
        { id: 'a', updatedAt: minute(1) },
        { id: 'b', updatedAt: minute(2) },
        { id: 'c', updatedAt: minute(3) },
      );
      await context.adapter.update('a', { updatedAt: minute(4) });
      assert.deepEqual((await context.idsOf({ sortBy: 'updatedAt' })).ids, ['a', 'c', 'b']);
      assert.deepEqual((await context.idsOf({ sortBy: 'updatedAt', sortOrder: 'asc' })).ids, ['b', 'c', 'a']);
    },
  },
];
