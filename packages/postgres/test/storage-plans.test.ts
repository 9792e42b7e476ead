import type { LogQuery } from '@townkrier/storage';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createStorageHarness, type PostgresStorageHarness, sharedPool } from './storage-harness.ts';
import { logOf, minute } from './storage-sample.ts';
import { isServerMissing, openTestPool } from './test-server.ts';

/** A statement as it was sent. */
interface Sent {
  readonly text: string;
  readonly values?: unknown[];
}

/** What EXPLAIN says of a step. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Pages that are read along an index and in its order, and which. */
const PAGES: Readonly<Record<string, readonly [Partial<LogQuery>, string]>> = {
  'the newest': [{}, 'logs_created'],
  'the oldest': [{ sortOrder: 'asc' }, 'logs_created'],
  'those between two dates': [{ startDate: minute(5), endDate: minute(300) }, 'logs_created'],
  'one status': [{ status: 'failed' }, 'logs_segment'],
  'several statuses': [{ status: ['failed', 'pending'] }, 'logs_segment'],
  'one channel': [{ channel: 'sms' }, 'logs_segment'],
  'channel, status and dates': [{ channel: 'sms', status: 'failed', startDate: minute(5) }, 'logs_segment'],
  'one type': [{ notificationType: 'type-1' }, 'logs_type'],
  'one type with a status': [{ notificationType: 'type-1', status: 'failed' }, 'logs_type'],
  'one provider': [{ provider: 'smtp' }, 'logs_provider'],
  'one recipient': [{ recipientHash: 'r1:7' }, 'logs_recipient'],
  'one notification': [{ notificationId: 'notification-7' }, 'logs_notification'],
  'one job': [{ jobId: 'job-7' }, 'logs_job'],
  'the last changed': [{ sortBy: 'updatedAt' }, 'logs_updated'],
  'the last sent': [{ sortBy: 'sentAt' }, 'logs_sent'],
  'the last sent of a channel': [{ sortBy: 'sentAt', channel: 'sms' }, 'logs_sent'],
};

describe.skipIf(isServerMissing)('on a real server', () => {
  let harness: PostgresStorageHarness;

  beforeAll(async () => {
    harness = await createStorageHarness();
    const statuses = ['sent', 'failed', 'pending'] as const;
    await harness.adapter.save(
      Array.from({ length: 3000 }, (_, index) =>
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
    await sharedPool().query(`VACUUM (ANALYZE) ${harness.schema}.logs`);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  afterAll(() => harness.close());

  /** What PostgreSQL does for the statements that read rows of the log, while something is asked. */
  async function plansOf(ask: () => Promise<unknown>): Promise<PlanNode[]> {
    const query = vi.spyOn(pg.Client.prototype, 'query');
    await ask();
    const calls: unknown[] = query.mock.calls.map(([statement]) => statement);
    query.mockRestore();
    const client = await sharedPool().connect();
    try {
      // The table is small enough for reading much of it to be cheaper, which it is not when it matters.
      await client.query('BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off');
      const plans: PlanNode[] = [];
      for (const { text, values = [] } of calls.filter(isStatement)) {
        if (!text.includes('"logs"')) continue;
        const { rows } = await client.query({ text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values });
        plans.push(rows[0]['QUERY PLAN'][0].Plan);
      }
      return plans;
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  function query(narrowing: Partial<LogQuery>): () => Promise<unknown> {
    const page = { limit: 10, offset: 0, sortBy: 'createdAt', sortOrder: 'desc' } as const;
    return () => harness.adapter.query({ ...page, ...narrowing });
  }

  it.each(Object.entries(PAGES))('a page of %s is read along an index', async (_, [narrowing, index]) => {
    const scans = (await plansOf(query(narrowing))).flatMap(scansOfLogs);
    expect(scans.map((scan) => scan['Index Name'])).toContain(index);
    // A page has 10 rows, a type with a status every third of its rows, a filter by dates two hours to count.
    for (const scan of scans) expect(rowsReadBy(scan)).toBeLessThanOrEqual(130);
  });

  it('totals by channel, status, type and provider are not counted from rows', async () => {
    const narrowings = [
      { status: 'failed' },
      { channel: 'sms' },
      { notificationType: 'type-1', status: 'failed' },
      { provider: 'smtp' },
    ] as const;
    for (const narrowing of narrowings) {
      const plans = await plansOf(query(narrowing));
      expect(plans.map((plan) => plan['Node Type'])).not.toContain('Aggregate');
    }
  });

  it('statistics at the ends of a range read nothing but the index of segments', async () => {
    const range = { startDate: minute(7), endDate: minute(457) };
    const scans = (await plansOf(() => harness.adapter.stats(range))).flatMap(scansOfLogs);
    expect(new Set(scans.map((scan) => `${scan['Node Type']} ${scan['Index Name']}`))).toEqual(
      new Set(['Index Only Scan logs_segment']),
    );
  });

  it('a row is found by its id and its key along their indexes', async () => {
    const byId = (await plansOf(() => harness.adapter.get('row-7'))).flatMap(scansOfLogs);
    const byKey = (await plansOf(() => harness.adapter.getByIdempotencyKey('key'))).flatMap(scansOfLogs);
    expect([...byId, ...byKey].map((scan) => scan['Index Name'])).toEqual([
      'logs_id',
      'logs_idempotency_key',
    ]);
  });
});

describe.skipIf(isServerMissing)('a log that was empty when its statements were planned', () => {
  it('finds rows by an index once it has many', async () => {
    const plans: string[] = [];
    const pool = openTestPool({ max: 1 });
    pool.on('connect', (client) => {
      client.on('notice', ({ message }) => plans.push(message ?? ''));
      void client.query(
        "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_format = json; SET client_min_messages = log; SET plan_cache_mode = force_generic_plan",
      );
    });
    const harness = await createStorageHarness({ connection: pool });
    const { adapter } = harness;
    const work = async (from: number): Promise<void> => {
      const rows = Array.from({ length: 20 }, (_, index) =>
        logOf({ id: `row-${from + index}`, idempotencyKey: `key-${from + index}`, recipientHash: 'r1:ada' }),
      );
      await Promise.all(rows.map((row) => adapter.save([row])));
      await Promise.all(rows.map(({ id }) => adapter.update(id, { status: 'sending' })));
      await Promise.all([
        adapter.update(`row-${from}`, { status: 'sent' }),
        adapter.save([logOf({ id: `other-${from}` })]),
      ]);
      await Promise.all(rows.map(({ id }) => adapter.get(id)));
      await Promise.all(rows.map(({ idempotencyKey = '' }) => adapter.getByIdempotencyKey(idempotencyKey)));
      await adapter.deleteByRecipient('r1:ada');
    };
    await work(0);
    for (let batch = 1; batch <= 5; batch += 1) {
      const rows = Array.from({ length: 1000 }, (_, index) => logOf({ id: `many-${batch}-${index}` }));
      await adapter.save(rows);
    }
    plans.length = 0;
    await work(100_000);
    expect(plans.length).toBeGreaterThanOrEqual(6);
    expect(plans.join().match(/"Node Type": "Seq Scan",[^}]*"Relation Name": "logs"/g)).toBeNull();
    expect(plans.join()).toMatch(/"Index Name": "logs_id"/);
    await harness.close();
    await pool.end();
  });
});

function isStatement(value: unknown): value is Sent {
  return typeof value === 'object' && value !== null && 'text' in value;
}

/** The nodes of a plan that read the table, or an index of it. */
function scansOfLogs(plan: PlanNode): PlanNode[] {
  const own = plan['Relation Name'] === 'logs' ? [plan] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(scansOfLogs)];
}

function rowsReadBy(scan: PlanNode): number {
  return (scan['Actual Rows'] + (scan['Rows Removed by Filter'] ?? 0)) * scan['Actual Loops'];
}
