import assert from 'node:assert/strict';
import { TownKrierError } from '@townkrier/core';
import type { AuditFilters } from '../../audit/audit-query.ts';
import { type AuditLogCase, appendAll } from './audit-log-case.ts';

const hour = (n: number): Date => new Date(Date.UTC(2026, 2, 1, n));

export const auditListCases: readonly AuditLogCase[] = [
  {
    name: 'a log without entries lists none, has no end and is intact',
    async run({ log }) {
      assert.deepEqual(await log.list(), []);
      const head = { seq: 0, hash: '0'.repeat(64) };
      assert.deepEqual(await log.head(), head);
      assert.deepEqual(await log.verify(), { isIntact: true, head });
    },
  },
  {
    name: 'actor, action, target and time narrow a list, alone and together',
    async run({ log }) {
      await appendAll(log, [
        { at: hour(1) },
        { at: hour(2), actor: 'bob' },
        { at: hour(3), action: 'job:retry' },
        { at: hour(4), target: { kind: 'job', id: 'job-2', queue: 'mails' } },
        { at: hour(5), target: { kind: 'queue', id: 'job-1', queue: null }, actor: 'bob' },
      ]);
      const expectIds = async (filters: AuditFilters, expected: string): Promise<void> => {
        const ids = (await log.list(filters)).map(({ id }) => id).join('');
        assert.equal(ids, expected, `entries that match ${JSON.stringify(filters)}`);
      };
      await expectIds({}, '01234');
      await expectIds({ actor: 'bob' }, '14');
      await expectIds({ actor: 'nobody' }, '');
      await expectIds({ action: 'job:retry' }, '2');
      await expectIds({ target: { kind: 'job' } }, '0123');
      await expectIds({ target: { kind: 'job', id: 'job-1' } }, '012');
      await expectIds({ from: hour(2), to: hour(4) }, '123');
      await expectIds({ actor: 'bob', to: hour(4) }, '1');
      await expectIds({ actor: 'bob', order: 'desc' }, '41');
    },
  },
  {
    name: 'pages follow each other without a gap, in both directions',
    async run({ log }) {
      await appendAll(
        log,
        Array.from({ length: 7 }, () => ({})),
      );
      for (const [order, expected] of [
        ['asc', '1234567'],
        ['desc', '7654321'],
      ] as const) {
        let after: number | undefined;
        let seen = '';
        for (;;) {
          const page = await log.list({ limit: 3, order, ...(after !== undefined && { after }) });
          if (page.length === 0) break;
          seen += page.map(({ seq }) => seq).join('');
          after = page.at(-1)?.seq;
        }
        assert.equal(seen, expected);
      }
    },
  },
  {
    name: 'a wrong filter is refused',
    async run({ log }) {
      const wrong: AuditFilters[] = [{ limit: 0 }, { limit: 1001 }, { after: -1 }, { actor: '' }];
      for (const filters of wrong) {
        await assert.rejects(log.list(filters), (error) =>
          TownKrierError.is(error, 'STORAGE_FILTER_INVALID'),
        );
      }
    },
  },
];
