import assert from 'node:assert/strict';
import { TownKrierError } from '@townkrier/core';
import type { StorageErrorCode } from '../errors.ts';
import type { NotificationLog } from '../notification-log.ts';
import type { LogFilters, LogPage, LogQuery, StorageAdapter } from '../storage-adapter.ts';
import type { StorageAdapterHarness } from './harness.ts';
import { plainLog } from './sample-log.ts';

/** A query as an adapter gets it, where a case says only what matters. */
export type CaseQuery = Partial<LogQuery> & Omit<LogFilters, 'recipient'>;

/** What a case works with: one fresh adapter, and words to say what is done and expected. */
export class CaseContext {
  readonly harness: StorageAdapterHarness;
  readonly adapter: StorageAdapter;

  constructor(harness: StorageAdapterHarness) {
    this.harness = harness;
    this.adapter = harness.adapter;
  }

  /** Saves rows in one call, filling in what a case leaves out. */
  async save(...logs: (Partial<NotificationLog> & { readonly id: string })[]): Promise<NotificationLog[]> {
    const rows = logs.map(plainLog);
    await this.adapter.save(rows);
    return rows;
  }

  /** Asks for a page: the first 50 by creation, newest first, unless the case says otherwise. */
  query(query: CaseQuery = {}): Promise<LogPage> {
    return this.adapter.query({ limit: 50, offset: 0, sortBy: 'createdAt', sortOrder: 'desc', ...query });
  }

  /** The ids of a page, and its total. */
  async idsOf(query: CaseQuery = {}): Promise<{ readonly ids: string[]; readonly total: number }> {
    const { logs, total } = await this.query(query);
    return { ids: logs.map(({ id }) => id), total };
  }

  /** Expects that exactly these rows match, in whatever order. */
  async expectMatches(query: CaseQuery, expected: readonly string[]): Promise<void> {
    const { ids, total } = await this.idsOf(query);
    assert.deepEqual(ids.toSorted(), expected.toSorted(), `rows that match ${JSON.stringify(query)}`);
    assert.equal(total, expected.length, `total of ${JSON.stringify(query)}`);
  }

  /** Expects a refusal with this code. */
  async refuses(call: () => Promise<unknown>, code: StorageErrorCode): Promise<void> {
    let refusal: unknown;
    try {
      await call();
    } catch (error) {
      refusal = error;
    }
    assert.ok(refusal !== undefined, `expected a refusal with ${code}, but it resolved`);
    assert.ok(TownKrierError.is(refusal, code), `expected ${code}, got ${String(refusal)}`);
  }
}
