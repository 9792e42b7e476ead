import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditRow, linkEntries } from '../src/audit/audit-chain.ts';
import { AuditLog } from '../src/audit/audit-log.ts';
import { InMemoryAuditStore } from '../src/audit/in-memory-audit-store.ts';
import { appendAll, recordOf } from '../src/testing/audit-cases/audit-log-case.ts';
import { auditLogConformance } from '../src/testing/index.ts';

auditLogConformance(
  { describe, it },
  {
    name: 'InMemoryAuditStore',
    async create() {
      const rows: AuditRow[] = [];
      const log = new AuditLog(new InMemoryAuditStore(rows));
      return {
        log,
        connect: async () => log,
        readRows: async () => [...rows],
        replaceRows: async (others) => void rows.splice(0, rows.length, ...others),
        close: () => log.close(),
      };
    },
    skip: {},
  },
);

/** What somebody with a hand in the database may do to rows; `at` is a place, from 0 to 1. */
type Meddling = (rows: readonly AuditRow[], at: number, other: number) => AuditRow[];

const place = (rows: readonly AuditRow[], at: number): number => Math.floor(at * rows.length);
const renumbered = (rows: readonly AuditRow[]): AuditRow[] => rows.map((row, i) => ({ ...row, seq: i + 1 }));

const MEDDLINGS: Readonly<Record<string, Meddling>> = {
  'edits a character': (rows, at, other) =>
    rows.map((row, i) => {
      if (i !== place(rows, at)) return row;
      const cut = Math.floor(other * row.entry.length);
      const put = row.entry[cut] === 'x' ? 'y' : 'x';
      return { ...row, entry: row.entry.slice(0, cut) + put + row.entry.slice(cut + 1) };
    }),
  'edits and hashes anew': (rows, at) =>
    rows.flatMap((row, i) => {
      if (i !== place(rows, at)) return [row];
      return linkEntries({ seq: i, hash: row.previousHash }, [row.entry.replace('ada', 'eve')]);
    }),
  'removes one': (rows, at) => rows.filter((_, i) => i !== place(rows, at)),
  'removes one and closes the gap': (rows, at) => renumbered(rows.filter((_, i) => i !== place(rows, at))),
  'swaps two': (rows, at, other) => {
    const swapped = [...rows];
    const [i, j] = [place(rows, at), place(rows, other)];
    const [one, two] = [rows[i], rows[j]];
    if (one === undefined || two === undefined) return swapped;
    swapped[i] = two;
    swapped[j] = one;
    return renumbered(swapped);
  },
  'puts one in between': (rows, at) => {
    const i = place(rows, at);
    const before = i === 0 ? { seq: 0, hash: '0'.repeat(64) } : rows[i - 1];
    const forged = before === undefined ? [] : linkEntries(before, ['{"actor":"eve"}']);
    return renumbered([...rows.slice(0, i), ...forged, ...rows.slice(i)]);
  },
  'cuts the end off': (rows, at) => rows.slice(0, place(rows, at)),
};

it('whatever is edited, removed, swapped or put in between is found, and nothing else is', async () => {
  const unit = fc.double({ min: 0, max: 0.999, noNaN: true });
  const names = fc.constantFrom(...Object.keys(MEDDLINGS));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 12 }), names, unit, unit, async (size, name, at, other) => {
      const rows: AuditRow[] = [];
      await using log = new AuditLog(new InMemoryAuditStore(rows));
      await appendAll(
        log,
        Array.from({ length: size }, () => ({})),
      );
      const before = JSON.stringify(rows);
      rows.splice(0, rows.length, ...(MEDDLINGS[name]?.(rows, at, other) ?? []));
      const verdict = await log.verify();
      expect(verdict.isIntact).toBe(JSON.stringify(rows) === before);
    }),
    { numRuns: 500 },
  );
});

it('appending goes on while the log is verified', async () => {
  await using log = new AuditLog(new InMemoryAuditStore());
  await Promise.all(Array.from({ length: 1500 }, (_, i) => log.append(recordOf({ id: `${i}` }))));
  const [verdict] = await Promise.all([
    log.verify(),
    ...Array.from({ length: 1500 }, (_, i) => log.append(recordOf({ id: `more-${i}` }))),
  ]);
  expect(verdict.isIntact).toBe(true);
});

it('a store that fails fails the appends of its turn, and the next ones go on from the same end', async () => {
  const store = new InMemoryAuditStore();
  const append = store.append.bind(store);
  await using log = new AuditLog(store);
  store.append = () => Promise.reject(new Error('the disk is full'));
  const failed = await Promise.allSettled([log.append(recordOf()), log.append(recordOf())]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  store.append = append;
  expect((await log.append(recordOf())).seq).toBe(1);
});
