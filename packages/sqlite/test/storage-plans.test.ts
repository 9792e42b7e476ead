import { DatabaseSync } from 'node:sqlite';
import type { LogQuery } from '@townkrier/storage';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStorageHarness } from './storage-harness.ts';
import { logOf, minute } from './storage-sample.ts';

let harness: Awaited<ReturnType<typeof createStorageHarness>>;

beforeEach(async () => {
  harness = await createStorageHarness();
  const statuses = ['sent', 'failed', 'pending'] as const;
  await harness.adapter.save(
    Array.from({ length: 600 }, (_, index) =>
      logOf({
        id: `row-${index}`,
        createdAt: minute(index),
        channel: index % 2 ? 'email' : 'sms',
        status: statuses[index % 3] ?? 'sent',
        notificationType: `type-${index % 2}`,
        provider: 'smtp',
        recipientHash: `r1:${index % 100}`,
        jobId: `job-${index}`,
        notificationId: `notification-${index}`,
        sentAt: minute(index),
      }),
    ),
  );
});
afterEach(async () => {
  vi.restoreAllMocks();
  await harness.close();
});

/** What SQLite says it does for the statements that read rows of the log, while something is asked. */
async function plansOf(ask: () => Promise<unknown>, from = 'townkrier_logs'): Promise<string[]> {
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare');
  await ask();
  const statements = new Set(
    prepare.mock.calls.map(([sql]) => sql).filter((sql) => sql.includes(`FROM ${from}`)),
  );
  prepare.mockRestore();
  return [...statements].flatMap(explain);
}

function explain(sql: string): string[] {
  return harness.raw
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => String(detail));
}

function query(narrowing: Partial<LogQuery>): () => Promise<unknown> {
  return () =>
    harness.adapter.query({ limit: 10, offset: 0, sortBy: 'createdAt', sortOrder: 'desc', ...narrowing });
}

/** Pages that are read along an index and in its order, and which. */
const PAGES: Readonly<Record<string, readonly [Partial<LogQuery>, string]>> = {
  'the newest': [{}, 'townkrier_logs_created'],
  'the oldest': [{ sortOrder: 'asc' }, 'townkrier_logs_created'],
  'those between two dates': [{ startDate: minute(5), endDate: minute(300) }, 'townkrier_logs_created'],
  'one status': [{ status: 'failed' }, 'townkrier_logs_segment'],
  'several statuses': [{ status: ['failed', 'pending'] }, 'townkrier_logs_segment'],
  'one channel': [{ channel: 'sms' }, 'townkrier_logs_segment'],
  'channel, status and dates': [
    { channel: 'sms', status: 'failed', startDate: minute(5) },
    'townkrier_logs_segment',
  ],
  'one type': [{ notificationType: 'type-1' }, 'townkrier_logs_type'],
  'one type with a status': [{ notificationType: 'type-1', status: 'failed' }, 'townkrier_logs_type'],
  'one provider': [{ provider: 'smtp' }, 'townkrier_logs_provider'],
  'one recipient': [{ recipientHash: 'r1:7' }, 'townkrier_logs_recipient'],
  'one notification': [{ notificationId: 'notification-7' }, 'townkrier_logs_notification'],
  'one job': [{ jobId: 'job-7' }, 'townkrier_logs_job'],
  'the last changed': [{ sortBy: 'updatedAt' }, 'townkrier_logs_updated'],
  'the last sent': [{ sortBy: 'sentAt' }, 'townkrier_logs_sent'],
  'the last sent of a channel': [{ sortBy: 'sentAt', channel: 'sms' }, 'townkrier_logs_sent'],
};

describe('a page of', () => {
  it.each(Object.entries(PAGES))('%s is read along an index', async (_, [narrowing, index]) => {
    const plans = await plansOf(query(narrowing));
    expect(plans.some((plan) => plan.includes(index))).toBe(true);
    expect(plans.filter((plan) => /^SCAN townkrier_logs$/.test(plan))).toEqual([]);
    // Equal moments may still have to be put in the order of their ids.
    expect(plans.filter((plan) => plan.includes('TEMP B-TREE FOR ORDER BY'))).toEqual([]);
  });

  it.each(['asc', 'desc'] as const)(
    'several segments is merged as far as it reaches, %s',
    async (sortOrder) => {
      expect(await plansOf(query({ status: ['failed', 'pending'], sortOrder }))).toContain(
        'MERGE (UNION ALL)',
      );
    },
  );
});

it('totals by channel, status, type and provider are not counted from rows', async () => {
  for (const narrowing of [
    { status: 'failed' },
    { channel: 'sms' },
    { notificationType: 'type-1', status: 'failed' },
    { provider: 'smtp' },
  ] as const) {
    const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare');
    await query(narrowing)();
    expect(prepare.mock.calls.filter(([sql]) => sql.includes('count(*)'))).toEqual([]);
    prepare.mockRestore();
  }
});

it('statistics read counters, and at the ends of a range nothing but the index of segments', async () => {
  const range = { startDate: minute(7), endDate: minute(457) };
  const plans = await plansOf(() => harness.adapter.stats(range), 'townkrier_log');
  expect(plans.filter((plan) => plan.includes('townkrier_logs'))).toEqual([
    'SEARCH logs USING COVERING INDEX townkrier_logs_segment (channel=? AND status=? AND reached=? AND created_at>? AND created_at<?)',
  ]);
  expect(plans.filter((plan) => /^SCAN townkrier/.test(plan))).toEqual([]);
});
