import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BullMqErrorCode } from '../../packages/bullmq/src/bullmq-errors.ts';
import { CoreErrorCode } from '../../packages/core/src/errors.ts';
import { DashboardErrorCode } from '../../packages/dashboard/src/errors.ts';
import { PostgresErrorCode } from '../../packages/postgres/src/postgres-errors.ts';
import { QueueErrorCode } from '../../packages/queue/src/errors.ts';
import { SqliteErrorCode } from '../../packages/sqlite/src/sqlite-errors.ts';
import { StorageErrorCode } from '../../packages/storage/src/errors.ts';
import { root } from './snippets.ts';

const SECTIONS = {
  Core: CoreErrorCode,
  Queue: QueueErrorCode,
  Storage: StorageErrorCode,
  Dashboard: DashboardErrorCode,
  SQLite: SqliteErrorCode,
  PostgreSQL: PostgresErrorCode,
  BullMQ: BullMqErrorCode,
};

/** The codes a section of docs/reference/errors.md lists. */
function documentedCodes(section: string): string[] {
  const text = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8');
  const body = text.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...body.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1] ?? '').sort();
}

it.each(Object.entries(SECTIONS))(
  'docs/reference/errors.md lists exactly the codes of %s',
  (section, codes) => {
    expect(documentedCodes(section)).toEqual(Object.values(codes).sort());
  },
);

it.each(Object.entries(SECTIONS))('every code of %s is named like its key', (_section, codes) => {
  expect(Object.values(codes)).toEqual(Object.keys(codes));
});
