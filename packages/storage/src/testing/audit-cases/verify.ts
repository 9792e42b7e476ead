import assert from 'node:assert/strict';
import { type AuditRow, linkEntries } from '../../audit/audit-chain.ts';
import type { AuditLogHarness } from '../audit-log-harness.ts';
import { type AuditLogCase, appendAll } from './audit-log-case.ts';

/** Appends six entries, lets somebody meddle with the rows, and expects that the first broken place is named. */
function meddlingCase(what: string, seq: number, meddle: (rows: AuditRow[]) => AuditRow[]): AuditLogCase {
  return {
    name: `${what} is found`,
    async run({ log, readRows, replaceRows }: AuditLogHarness) {
      await appendAll(
        log,
        Array.from({ length: 6 }, () => ({})),
      );
      assert.equal((await log.verify()).isIntact, true);
      await replaceRows(meddle([...(await readRows())]));
      const verdict = await log.verify();
      assert.ok(!verdict.isIntact, `${what} was not noticed`);
      assert.equal(verdict.seq, seq, verdict.fault);
    },
  };
}

function edited(row: AuditRow): AuditRow {
  return { ...row, entry: row.entry.replace('"ada"', '"eve"') };
}

export const auditVerifyCases: readonly AuditLogCase[] = [
  meddlingCase('an entry that was edited', 3, (rows) =>
    rows.map((row) => (row.seq === 3 ? edited(row) : row)),
  ),
  meddlingCase('the last entry, when it was edited,', 6, (rows) =>
    rows.map((row) => (row.seq === 6 ? edited(row) : row)),
  ),
  meddlingCase('an entry that was edited and hashed anew', 4, (rows) =>
    rows.map((row) => {
      if (row.seq !== 3) return row;
      const [forged] = linkEntries({ seq: 2, hash: row.previousHash }, [edited(row).entry]);
      return forged ?? row;
    }),
  ),
  meddlingCase('an entry that was removed', 2, (rows) => rows.filter(({ seq }) => seq !== 2)),
  meddlingCase('an entry that was removed, with the gap closed,', 2, (rows) =>
    rows.filter(({ seq }) => seq !== 2).map((row, i) => ({ ...row, seq: i + 1 })),
  ),
  meddlingCase('the removal of the newest entries', 5, (rows) => rows.slice(0, 4)),
  meddlingCase('the removal of all entries', 1, () => []),
  meddlingCase('a swap of two entries', 2, (rows) =>
    rows.map((row) => ({ ...row, seq: row.seq === 2 ? 3 : row.seq === 3 ? 2 : row.seq })),
  ),
  meddlingCase('an entry that was put at the end past the log', 7, (rows) => {
    const last = rows.at(-1);
    return last === undefined ? rows : [...rows, ...linkEntries(last, [last.entry])];
  }),
  {
    name: 'an end that was noted is found again, also when the log has grown',
    async run({ log }) {
      await appendAll(log, [{}, {}]);
      const noted = await log.head();
      await appendAll(log, [{}]);
      assert.deepEqual(await log.verify(noted), { isIntact: true, head: await log.head() });
    },
  },
  {
    name: 'a chain made anew, or cut, does not go through the end that was noted',
    async run({ log }) {
      await appendAll(log, [{}, {}, {}]);
      const { hash } = await log.head();
      const elsewhere = await log.verify({ seq: 2, hash });
      assert.deepEqual(elsewhere.isIntact ? null : elsewhere.seq, 2);
      const beyond = await log.verify({ seq: 5, hash });
      assert.deepEqual(beyond.isIntact ? null : beyond.seq, 4);
    },
  },
];
