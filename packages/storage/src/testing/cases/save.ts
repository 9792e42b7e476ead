import assert from 'node:assert/strict';
import { fullLog, plainLog } from '../sample-log.ts';
import type { StorageAdapterCase } from '../storage-adapter-case.ts';

export const saveCases: readonly StorageAdapterCase[] = [
  {
    name: 'a saved row comes back with every field as it was',
    async run({ adapter, harness }) {
      const log = fullLog({ id: 'full' });
      await adapter.save([log]);
      assert.deepEqual(await adapter.get('full'), log);
      const raw = await harness.inspect('full');
      assert.deepEqual([raw?.status, raw?.channel, raw?.recipient], [log.status, log.channel, log.recipient]);
    },
  },
  {
    name: 'a row without optional fields comes back without them',
    async run({ adapter }) {
      const log = plainLog({ id: 'plain' });
      await adapter.save([log]);
      assert.deepEqual(await adapter.get('plain'), log);
    },
  },
  {
    name: 'empty text, zero and empty lists are kept, not dropped',
    async run({ adapter }) {
      const log = plainLog({
        id: 'empty',
        recipient: '',
        subject: '',
        content: '',
        tags: [],
        metadata: {},
        attempts: 0,
      });
      await adapter.save([log]);
      assert.deepEqual(await adapter.get('empty'), log);
    },
  },
  {
    name: 'long text in any script is kept whole',
    async run({ adapter }) {
      const content = 'Ünïcödé – 你好 – سلام – 👩‍👩‍👧 '.repeat(4000);
      await adapter.save([plainLog({ id: 'long', content })]);
      assert.equal((await adapter.get('long'))?.content, content);
    },
  },
  {
    name: 'a metadata key named __proto__ is only a key',
    async run({ adapter }) {
      const metadata: Record<string, unknown> = JSON.parse(
        '{"__proto__":{"isAdmin":true},"constructor":"c"}',
      );
      await adapter.save([plainLog({ id: 'inert', metadata })]);
      const stored = await adapter.get('inert');
      assert.equal(JSON.stringify(stored?.metadata), JSON.stringify(metadata));
      assert.equal(Reflect.get({}, 'isAdmin'), undefined);
    },
  },
  {
    name: 'a row is found by its idempotency key',
    async run(context) {
      await context.save(
        { id: 'a', idempotencyKey: 'key-a' },
        { id: 'b', idempotencyKey: 'key-b' },
        { id: 'c' },
      );
      assert.equal((await context.adapter.getByIdempotencyKey('key-b'))?.id, 'b');
    },
  },
  {
    name: 'what does not exist is null',
    async run(context) {
      await context.save({ id: 'a', idempotencyKey: 'key-a' });
      assert.equal(await context.adapter.get('b'), null);
      assert.equal(await context.adapter.get(''), null);
      assert.equal(await context.adapter.getByIdempotencyKey('a'), null);
    },
  },
  {
    name: 'many rows of one call are all saved',
    async run(context) {
      await context.save(...Array.from({ length: 300 }, (_, index) => ({ id: `row-${index}` })));
      assert.equal((await context.query()).total, 300);
      assert.equal(await context.harness.countRows(), 300);
    },
  },
  {
    name: 'saving no rows changes nothing',
    async run(context) {
      await context.adapter.save([]);
      assert.equal(await context.harness.countRows(), 0);
    },
  },
];
