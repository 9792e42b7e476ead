import assert from 'node:assert/strict';
import { StorageErrorCode } from '../../errors.ts';
import { minute, plainLog } from '../sample-log.ts';
import type { StorageAdapterCase } from '../storage-adapter-case.ts';

export const atomicityCases: readonly StorageAdapterCase[] = [
  {
    name: 'an id that exists is refused, and its row stays as it was',
    async run(context) {
      await context.save({ id: 'a', subject: 'first' });
      await context.refuses(
        () => context.save({ id: 'a', subject: 'second' }),
        StorageErrorCode.STORAGE_DUPLICATE,
      );
      assert.equal((await context.adapter.get('a'))?.subject, 'first');
      assert.equal(await context.harness.countRows(), 1);
    },
  },
  {
    name: 'an idempotency key that exists is refused',
    async run(context) {
      await context.save({ id: 'a', idempotencyKey: 'key' });
      await context.refuses(
        () => context.save({ id: 'b', idempotencyKey: 'key' }),
        StorageErrorCode.STORAGE_DUPLICATE,
      );
      assert.equal((await context.adapter.getByIdempotencyKey('key'))?.id, 'a');
      assert.equal(await context.adapter.get('b'), null);
    },
  },
  {
    name: 'when one row of a call is refused, none of them is saved',
    async run(context) {
      await context.save({ id: 'taken' });
      const call = () =>
        context.save({ id: 'new-1', idempotencyKey: 'key' }, { id: 'taken' }, { id: 'new-2' });
      await context.refuses(call, StorageErrorCode.STORAGE_DUPLICATE);
      assert.equal(await context.harness.countRows(), 1);
      assert.equal(await context.harness.inspect('new-1'), null);
      assert.equal(await context.adapter.getByIdempotencyKey('key'), null);
      assert.equal((await context.query()).total, 1);
    },
  },
  {
    name: 'an id twice in one call is refused as a whole',
    async run(context) {
      const call = () => context.save({ id: 'other' }, { id: 'twice' }, { id: 'twice' });
      await context.refuses(call, StorageErrorCode.STORAGE_DUPLICATE);
      assert.equal(await context.harness.countRows(), 0);
    },
  },
  {
    name: 'of two saves of one id at the same time, one is refused',
    async run({ adapter, harness }) {
      const results = await Promise.allSettled([
        adapter.save([plainLog({ id: 'a', subject: 'one' })]),
        adapter.save([plainLog({ id: 'a', subject: 'two' })]),
      ]);
      assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
      assert.equal(await harness.countRows(), 1);
    },
  },
  {
    name: 'updates of different fields at the same time all hold',
    async run(context) {
      await context.save({ id: 'a', subject: 'before', provider: 'before', attempts: 1 });
      await Promise.all([
        context.adapter.update('a', { subject: 'subject' }),
        context.adapter.update('a', { provider: 'provider' }),
        context.adapter.update('a', { attempts: 3 }),
      ]);
      const row = await context.adapter.get('a');
      assert.deepEqual([row?.subject, row?.provider, row?.attempts], ['subject', 'provider', 3]);
    },
  },
  {
    name: 'two cleanups at the same time delete each row once',
    async run(context) {
      await context.save(
        ...Array.from({ length: 20 }, (_, index) => ({ id: `row-${index}`, createdAt: minute(index) })),
      );
      const counts = await Promise.all([
        context.adapter.deleteOlderThan(minute(10), 100),
        context.adapter.deleteOlderThan(minute(10), 100),
      ]);
      assert.equal(counts[0] + counts[1], 10);
      assert.equal(await context.harness.countRows(), 10);
    },
  },
  {
    name: 'a refused update changes nothing',
    async run(context) {
      await context.save(
        { id: 'a', idempotencyKey: 'key-a' },
        { id: 'b', idempotencyKey: 'key-b', subject: 'before' },
      );
      const call = () => context.adapter.update('b', { idempotencyKey: 'key-a', subject: 'after' });
      await context.refuses(call, StorageErrorCode.STORAGE_DUPLICATE);
      const row = await context.adapter.get('b');
      assert.deepEqual([row?.idempotencyKey, row?.subject], ['key-b', 'before']);
    },
  },
];
