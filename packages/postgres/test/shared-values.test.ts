import type { SharedState } from '@townkrier/queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenStores } from './open-stores.ts';
import { isServerMissing, openTestPool } from './test-server.ts';

/** Adds one to a number, as often as it takes. */
async function increment(shared: SharedState, key: string): Promise<void> {
  for (;;) {
    const entry = await shared.read(key);
    const value = Number(entry?.value ?? 0) + 1;
    if ((await shared.write({ key, value, version: entry?.version ?? null })) !== null) return;
  }
}

describe.skipIf(isServerMissing)('shared values', () => {
  let stores: OpenStores;
  beforeEach(() => {
    stores = new OpenStores();
  });
  afterEach(() => stores.close());

  it('lose no write of several processes, of which each sees what it read change under it', async () => {
    const processes = [0, 1, 2, 3].map(() => stores.store().shared);
    await Promise.all(
      processes.flatMap((shared) => Array.from({ length: 25 }, () => increment(shared, 'count'))),
    );
    expect((await processes[0]?.read('count'))?.value).toBe(100);
  });

  it('are written by one of two that wait for the same row, and by none when it is gone meanwhile', async () => {
    const [one, other] = [stores.store().shared, stores.store().shared];
    const version = await one.write({ key: 'key', value: 1, version: null });
    const client = await stores.admin.connect();
    await client.query('BEGIN');
    await client.query(`SELECT FROM ${stores.table('shared')} FOR UPDATE`);
    const writes = Promise.all([
      one.write({ key: 'key', value: 'one', version }),
      other.write({ key: 'key', value: 'other', version }),
      other.write({ key: 'key', value: null, version }),
    ]);
    await client.query('COMMIT');
    client.release();
    expect((await writes).filter((written) => written !== null)).toHaveLength(1);
  });

  it('are put in by one of several that found none', async () => {
    const processes = [0, 1, 2, 3].map(() => stores.store().shared);
    const written = await Promise.all(
      processes.map((shared, i) => shared.write({ key: 'key', value: i, version: null })),
    );
    expect(written.filter((version) => version !== null)).toHaveLength(1);
  });

  it('have any key, and are listed in the order of JavaScript', async () => {
    const { shared } = stores.store();
    const keys = ['a', 'a%b', 'a_b', 'a\0b', 'a\ud800', 'a"\\', 'ab', 'a\u{1f600}', 'a\uffee'];
    for (const key of keys) expect(await shared.write({ key, value: { key }, version: null })).not.toBeNull();
    await shared.write({ key: 'b', value: 'another', version: null });
    const listed = await shared.list('a');
    expect(listed.map(({ key }) => key)).toEqual(keys.toSorted());
    expect(listed.map(({ value }) => value)).toEqual(keys.toSorted().map((key) => ({ key })));
    expect((await shared.read('a\0b'))?.value).toEqual({ key: 'a\0b' });
    expect((await shared.list('a_')).map(({ key }) => key)).toEqual(['a_b']);
  });

  it('call back in every process that listens, which takes one connection while it does, together with its workers', async () => {
    const pool = openTestPool({ application_name: stores.schema });
    const [writer, reader] = [stores.store(), stores.store({ connection: pool })];
    await reader.shared.read('key');
    const heard = { writer: 0, reader: 0 };
    writer.shared.onChange(() => {
      heard.writer += 1;
    });
    const undo = reader.shared.onChange(() => {
      heard.reader += 1;
    });
    const stopWaking = reader.onWake(() => undefined);
    stopWaking();
    // Beginning to listen counts as a change.
    await expect.poll(() => [heard.writer, heard.reader]).toEqual([1, 1]);
    const version = await writer.shared.write({ key: 'key', value: 1, version: null });
    await expect.poll(() => [heard.writer, heard.reader]).toEqual([2, 2]);
    expect(await writer.shared.write({ key: 'key', value: 2, version: 'stale' })).toBeNull();
    await writer.shared.write({ key: 'key', value: null, version });
    await expect.poll(() => [heard.writer, heard.reader]).toEqual([3, 3]);
    const connections = async () => {
      const { rows } = await stores.admin.query(
        `SELECT count(*)::integer AS n FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'LISTEN%'`,
        [stores.schema],
      );
      return rows[0]?.n;
    };
    expect(await connections()).toBe(1);
    undo();
    await expect.poll(connections).toBe(0);
    await pool.end();
  });

  it("tell the time by the server's clock", async () => {
    const store = stores.store();
    await store.stats();
    await stores.admin.query(
      `CREATE OR REPLACE FUNCTION ${stores.table('now_ms')}() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT 42::bigint $$`,
    );
    expect(await store.shared.now()).toBe(42);
  });
});
