import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TownKrierError } from '@townkrier/core';
import { openQueue } from '../harness/backends.ts';
import { defineScenario } from '../harness/scenario.ts';
import { SeededRandom } from '../harness/seeded-random.ts';

/** Commits that are in the database file itself, and commits that are only in its write-ahead log. */
const IN_FILE = 10;
const IN_LOG = 30;

/** What opening a damaged file came to. */
export type Finding = 'a prefix of the commits' | 'a typed error' | { readonly broken: string };

/**
 * Row 14: the write-ahead log of a SQLite file is cut, flipped or overwritten at a random place, as a power cut or a bad disk may leave it. Opened again, the
 * file is sound and holds the first so many commits, or it is refused by a typed error. Never silently something else.
 */
export const damagedWal = defineScenario<{ readonly damages: number }>({
  row: 14,
  name: 'write-ahead log cut, flipped, overwritten',
  backends: ['sqlite'],
  sizes: { ci: { damages: 200 }, short: { damages: 5_000 }, full: { damages: 20_000 } },
  async run({ seed }, { damages }) {
    const folder = mkdtempSync(join(tmpdir(), 'townkrier-wal-'));
    const random = new SeededRandom(seed);
    const original = join(folder, 'original.db');
    await fill(original, folder);
    const findings: Finding[] = [];
    for (let i = 0; i < damages; i++) {
      const copy = join(folder, 'copy.db');
      for (const suffix of ['', '-wal']) copyFileSync(original + suffix, copy + suffix);
      rmSync(`${copy}-shm`, { force: true });
      const how = damage(`${copy}-wal`, random);
      findings.push(await look(copy, how));
    }
    rmSync(folder, { recursive: true, force: true });
    const count = (what: Finding): number => findings.filter((finding) => finding === what).length;
    return {
      injected: damages,
      what: 'damages',
      figures: {},
      broken: findings
        .flatMap((finding) => (typeof finding === 'object' ? [finding.broken] : []))
        .slice(0, 5),
      measured: {
        'commit prefixes': count('a prefix of the commits'),
        'typed errors': count('a typed error'),
      },
    };
  },
});

/** Writes a queue commit by commit, and keeps its files as they are while it is open: as a dying process leaves them. */
export async function fill(target: string, folder: string): Promise<void> {
  const file = join(folder, 'living.db');
  const { adapter } = await openQueue({ backend: 'sqlite', file });
  for (let n = 1; n <= IN_FILE + IN_LOG; n++) {
    await adapter.add([{ id: `job-${n}`, type: 'test', payload: n }]);
    if (n === IN_FILE) checkpoint(file);
  }
  for (const suffix of ['', '-wal']) copyFileSync(file + suffix, target + suffix);
  await adapter.close();
}

function checkpoint(file: string): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

function damage(wal: string, random: SeededRandom): string {
  const { size } = statSync(wal);
  const at = random.between(0, size - 1);
  const kind = random.pick(['cut', 'flip', 'overwrite'] as const);
  if (kind === 'cut') truncateSync(wal, at);
  else {
    const bytes = readFileSync(wal);
    const length = kind === 'flip' ? 1 : random.between(1, 4_096);
    for (let i = at; i < Math.min(size, at + length); i++) {
      const byte = bytes[i] ?? 0;
      bytes[i] = kind === 'flip' ? byte ^ (1 << random.between(0, 7)) : random.between(0, 255);
    }
    writeFileSync(wal, bytes);
  }
  return `${kind} at ${at} of ${size}`;
}

/** Opens a file that may be damaged, and judges what is in it. */
export async function look(file: string, how: string): Promise<Finding> {
  try {
    const { adapter } = await openQueue({ backend: 'sqlite', file });
    const { jobs, total } = await adapter.findJobs({ limit: 1_000, order: 'asc' });
    const { pending } = await adapter.getStats();
    await adapter.close();
    const isPrefix = jobs.every(({ id }, i) => id === `job-${i + 1}`) && jobs.length >= IN_FILE;
    if (!isPrefix || total !== jobs.length || pending !== jobs.length) {
      return { broken: `${how}: ${jobs.length} jobs, ${total} in all, ${pending} pending` };
    }
    return isSound(file) ? 'a prefix of the commits' : { broken: `${how}: integrity_check failed` };
  } catch (error) {
    if (TownKrierError.is(error)) return 'a typed error';
    return { broken: `${how}: ${String(error)}` };
  }
}

function isSound(file: string): boolean {
  const database = new DatabaseSync(file);
  const row = database.prepare('PRAGMA integrity_check').get();
  database.close();
  return row?.['integrity_check'] === 'ok';
}
