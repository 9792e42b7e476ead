import { describe, expect, it } from 'vitest';
import { writeCanaries } from './storage-canaries.ts';
import { createStorageHarness } from './storage-harness.ts';
import { isServerMissing } from './test-server.ts';

/** Secrets found in any column of any table. */
async function findLeaks(level: 'public' | 'masked' | 'private', count: number): Promise<string[]> {
  const harness = await createStorageHarness();
  try {
    const secrets = await writeCanaries(harness.adapter, level, count);
    expect(await harness.countRows()).toBe(2 * count);
    const rows = [
      ...(await harness.raw('SELECT * FROM logs')),
      ...(await harness.raw('SELECT * FROM log_counts')),
    ];
    const text = JSON.stringify(rows).toLowerCase();
    return secrets.filter((secret) => text.includes(secret.toLowerCase()));
  } finally {
    await harness.close();
  }
}

describe.skipIf(isServerMissing)('on a real server', () => {
  it.each(['masked', 'private'] as const)(
    'at level %s no secret is in the tables, whatever was written',
    async (level) => {
      expect(await findLeaks(level, 15)).toEqual([]);
    },
    30_000,
  );

  it('at level public the search finds names and addresses, so it would find a leak', async () => {
    expect((await findLeaks('public', 1)).length).toBeGreaterThan(3);
  });
});
