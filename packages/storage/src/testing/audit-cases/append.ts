import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { TownKrierError } from '@townkrier/core';
import type { AuditRecord } from '../../audit/audit-record.ts';
import { type AuditLogCase, appendAll, recordOf } from './audit-log-case.ts';

export const auditAppendCases: readonly AuditLogCase[] = [
  {
    name: 'an appended record comes back as it was, numbered, and linked to the one before it',
    async run({ log }) {
      const first = recordOf({ id: 'one', reason: 'Grüße, "Ada" \n\u{1f4ee}', errorCode: 'X' });
      const second = recordOf({
        id: 'two',
        before: null,
        after: null,
        target: { kind: 'queue', id: 'mails', queue: null },
      });
      const one = await log.append(first);
      const two = await log.append(second);
      assert.deepEqual(one, { ...first, seq: 1, previousHash: '0'.repeat(64), hash: one.hash });
      assert.deepEqual(two, { ...second, seq: 2, previousHash: one.hash, hash: two.hash });
      assert.deepEqual(await log.list(), [one, two]);
      assert.deepEqual(await log.head(), { seq: 2, hash: two.hash });
    },
  },
  {
    name: 'the hash is SHA-256 over the hash before and the canonical JSON of the record',
    async run({ log }) {
      const shuffled = { actor: 'ada', after: { b: 1, a: true }, action: 'x', outcome: 'done', before: null };
      const { hash } = await log.append({
        ...shuffled,
        target: { queue: null, kind: 'job', id: 'j' },
        id: 'i',
        at: new Date(0),
      });
      const json =
        '{"action":"x","actor":"ada","after":{"a":true,"b":1},"at":0,"before":null,"id":"i","outcome":"done","target":{"id":"j","kind":"job","queue":null}}';
      assert.equal(
        hash,
        createHash('sha256')
          .update(`${'0'.repeat(64)}\n${json}`)
          .digest('hex'),
      );
    },
  },
  {
    name: 'records of one moment are appended in the order of the calls',
    async run({ log }) {
      const entries = await Promise.all(
        Array.from({ length: 300 }, (_, i) => log.append(recordOf({ id: `${i}` }))),
      );
      assert.deepEqual(
        entries.map(({ id, seq }) => [id, seq]),
        entries.map((_, i) => [`${i}`, i + 1]),
      );
      assert.equal((await log.verify()).isIntact, true);
    },
  },
  {
    name: 'two that append at once make one chain, without a gap or a fork',
    async run({ log, connect }) {
      const other = await connect();
      const each = Array.from({ length: 40 }, (_, i) => i);
      await Promise.all(
        [log, other].map(async (one, who) => {
          for (const i of each) await one.append(recordOf({ id: `${who}-${i}` }));
        }),
      );
      const entries = await other.list({ limit: 1000 });
      assert.deepEqual(
        entries.map(({ seq }) => seq),
        Array.from({ length: 80 }, (_, i) => i + 1),
      );
      assert.equal(new Set(entries.map(({ id }) => id)).size, 80);
      assert.deepEqual(await log.verify(), { isIntact: true, head: await other.head() });
    },
  },
  {
    name: 'what is no record is refused, and leaves the chain as it was',
    async run({ log }) {
      await appendAll(log, [{}]);
      const wrong: Partial<AuditRecord>[] = [
        { actor: '' },
        { actor: 'a\0b' },
        { actor: '\ud800' },
        { reason: 'x'.repeat(1025) },
        { at: new Date(Number.NaN) },
        { before: { amount: Number.NaN } },
        { after: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`fact${i}`, i])) },
      ];
      for (const record of wrong) {
        await assert.rejects(log.append(recordOf(record)), (error) =>
          TownKrierError.is(error, 'STORAGE_LOG_INVALID'),
        );
      }
      assert.equal((await log.head()).seq, 1);
    },
  },
  {
    name: 'after close every call is refused, and closing again does nothing',
    async run({ log }) {
      const appending = log.append(recordOf());
      await Promise.all([log.close(), log.close()]);
      assert.equal((await appending).seq, 1);
      const isClosed = (error: unknown) => TownKrierError.is(error, 'STORAGE_CLOSED');
      await assert.rejects(log.append(recordOf()), isClosed);
      await assert.rejects(log.list(), isClosed);
      await assert.rejects(log.verify(), isClosed);
      await assert.rejects(log.head(), isClosed);
    },
  },
];
