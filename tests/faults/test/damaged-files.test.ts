import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { fill, look } from '../scenarios/damaged-wal.ts';

const folder = mkdtempSync(join(tmpdir(), 'townkrier-wal-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A queue in a file, and what is found in it after somebody changed it behind the queue's back. */
async function findAfter(name: string, sql: string) {
  const file = join(folder, `${name}.db`);
  await fill(file, mkdtempSync(join(folder, 'living-')));
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
  return look(file, 'changed');
}

describe('the look at a damaged file', () => {
  it('finds nothing wrong with one that was left alone', async () => {
    expect(await findAfter('sound', 'SELECT 1')).toBe('a prefix of the commits');
  });

  it.each([
    ['a commit is missing in the middle', "DELETE FROM townkrier_jobs WHERE id = 'job-12'"],
    ['a commit that was checkpointed is missing at the end', 'DELETE FROM townkrier_jobs WHERE seq > 9'],
    ['the counters say something else than the jobs', 'UPDATE townkrier_job_counts SET n = n + 1'],
  ])('finds that %s', async (name, sql) => {
    expect(await findAfter(name, sql)).toMatchObject({ broken: expect.stringContaining('changed: ') });
  });
});
