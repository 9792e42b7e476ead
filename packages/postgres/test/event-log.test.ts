import type { JsonValue } from '@townkrier/core';
import type { EventLog } from '@townkrier/queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenStores } from './open-stores.ts';
import { dropSchema, isServerMissing } from './test-server.ts';

let stores: OpenStores;

async function readAll(log: EventLog, after: string | null): Promise<readonly JsonValue[]> {
  const { events, isGap } = await log.read(after, 100);
  expect(isGap).toBe(false);
  return events.map(({ event }) => event);
}

describe.skipIf(isServerMissing)('the log of events', () => {
  beforeEach(() => {
    stores = new OpenStores();
  });
  afterEach(() => stores.close());

  it('gives no number before a lower one that commits late', async () => {
    const log = stores.store().events;
    const start = await log.latest();
    const slow = await stores.admin.connect();
    await slow.query('BEGIN');
    const { rows } = await slow.query(
      `UPDATE ${stores.table('event_log')} SET latest = latest + 1 RETURNING latest`,
    );
    await slow.query(`INSERT INTO ${stores.table('events')} VALUES ($1, '["early"]')`, [rows[0]?.latest]);
    const appending = log.append(['late'], 100);
    const waiting = async () => {
      const found = await stores.admin.query(
        `SELECT count(*)::integer AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND position($1 in query) > 0`,
        [stores.table('event_log')],
      );
      return found.rows[0]?.n;
    };
    await expect.poll(waiting).toBe(1);
    expect(await readAll(log, start)).toEqual([]);
    await slow.query('COMMIT');
    slow.release();
    await appending;
    expect(await readAll(log, start)).toEqual(['early', 'late']);
  });

  it('leaves no hole where an append was undone', async () => {
    const log = stores.store().events;
    const start = await log.latest();
    await log.append(['one'], 100);
    const undone = await stores.admin.connect();
    await undone.query('BEGIN');
    await undone.query(`UPDATE ${stores.table('event_log')} SET latest = latest + 1`);
    await undone.query('ROLLBACK');
    undone.release();
    await log.append(['two'], 100);
    expect(await readAll(log, start)).toEqual(['one', 'two']);
  });

  it('makes its tables with the first call, and not before', async () => {
    const store = stores.store();
    await store.insert([stores.job()]);
    const isThere = async () => {
      const { rows } = await stores.admin.query('SELECT to_regclass($1) IS NOT NULL AS is', [
        stores.table('events'),
      ]);
      return rows[0]?.is;
    };
    expect(await isThere()).toBe(false);
    await Promise.all([store.events.append(['one'], 100), stores.store().events.append(['two'], 100)]);
    expect(await isThere()).toBe(true);
    expect((await readAll(store.events, null)).toSorted()).toEqual(['one', 'two']);
  });

  it('takes a cursor of a schema that is no more for one whose followers are gone', async () => {
    const old = stores.store();
    await old.events.append(['one', 'two'], 100);
    const cursor = await old.events.latest();
    await dropSchema(stores.admin, stores.schema);
    const { events } = stores.store();
    await events.append(['three'], 100);
    expect(await events.read(cursor, 10)).toMatchObject({ events: [{ event: 'three' }], isGap: true });
  });

  it('is heard by another process at once, by its readers as by their workers', async () => {
    const [here, there] = [0, 1].map(() => stores.adapter(stores.store(), { eventStream: true }));
    const names: string[] = [];
    const start = await here?.stream?.latest();
    const worker = there?.work(() => null);
    await here?.add([{ id: 'one', type: 'mail', payload: null }]);
    for await (const { name } of here?.stream?.read({ after: start }) ?? []) {
      names.push(name);
      if (name === 'job:completed') break;
    }
    expect(names.toSorted()).toEqual(['job:completed', 'job:enqueued', 'job:started']);
    await worker?.stop();
  });
});
