import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { writeCanaries } from './storage-canaries.ts';
import { createStorageHarness } from './storage-harness.ts';

/** Secrets found anywhere in the raw bytes of the database, of the log of changes beside it, or of its index. */
async function findLeaks(level: 'public' | 'masked' | 'private', count: number): Promise<string[]> {
  const harness = await createStorageHarness();
  try {
    const secrets = await writeCanaries(harness.adapter, level, count);
    expect(await harness.countRows()).toBe(2 * count);
    const files = ['', '-wal', '-shm'].map((suffix) => harness.file + suffix).filter(existsSync);
    expect(files).toHaveLength(3);
    const bytes = files.map((file) => readFileSync(file).toString('latin1').toLowerCase()).join('\n');
    return secrets.filter((secret) => bytes.includes(secret.toLowerCase()));
  } finally {
    await harness.close();
  }
}

it.each(['masked', 'private'] as const)(
  'at level %s no secret is in the files, whatever was written',
  async (level) => {
    expect(await findLeaks(level, 25)).toEqual([]);
  },
  30_000,
);

it('at level public the search finds names and addresses, so it would find a leak', async () => {
  expect((await findLeaks('public', 1)).length).toBeGreaterThan(3);
});
