import { DatabaseSync } from 'node:sqlite';
import { VirtualClock } from '@townkrier/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteQueueAdapter, type SqliteQueueAdapterOptions } from '../src/queue/index.ts';
import { ORDER } from '../src/queue/queue-schema.ts';
import { temporaryFile } from './temporary-file.ts';

const MINUTE = 60_000;

let place: ReturnType<typeof temporaryFile>;
let adapters: SqliteQueueAdapter[];

beforeEach(() => {
  place = temporaryFile();
  adapters = [];
});

afterEach(async () => {
  await Promise.all(adapters.map((adapter) => adapter.close()));
  place.remove();
});

function open(options: Partial<SqliteQueueAdapterOptions> = {}): SqliteQueueAdapter {
  const adapter = new SqliteQueueAdapter({ file: place.file, ...options });
  adapters.push(adapter);
  return adapter;
}

/** Runs all there is. */
async function workOff(adapter: SqliteQueueAdapter, clock: VirtualClock): Promise<void> {
  const worker = adapter.work(() => 'done');
  await clock.advance(10);
  await worker.stop();
}

function planOf(sql: string, ...values: (string | number)[]): string {
  const database = new DatabaseSync(place.file);
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
  database.close();
  return plan.map((row) => row['detail']).join('\n');
}

describe('options', () => {
  it.each([
    [{ file: '' }, 'file'],
    [{ file: ':memory:' }, 'in-memory adapters'],
    [{ durability: 'some' }, 'durability'],
    [{ busyTimeout: -1 }, 'busyTimeout'],
    [{ finishedMaxAge: 'a week' }, 'finishedMaxAge'],
    [{ filename: 'queue.db' }, 'filename'],
  ])('%o is refused by name', (wrong, name) => {
    expect(() => new SqliteQueueAdapter({ file: place.file, ...wrong } as SqliteQueueAdapterOptions)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(name) }),
    );
  });
});

describe('history', () => {
  it('finished jobs go when their time is over, in every queue, and their keys with them', async () => {
    const clock = new VirtualClock();
    const adapter = open({ clock, finishedMaxAge: MINUTE });
    await adapter.add([
      { type: 'mail', payload: 1, idempotencyKey: 'once' },
      { type: 'push', payload: 2, queue: 'other' },
    ]);
    await workOff(adapter, clock);
    const later = await adapter.add([{ type: 'mail', payload: 3, scheduledFor: clock.now() + 30 * MINUTE }]);
    const worker = adapter.work(() => undefined);
    await clock.advance(MINUTE / 2);
    expect(await adapter.getStats()).toMatchObject({ completed: 2, scheduled: 1 });
    await clock.advance(MINUTE / 2 + 20_000);
    expect(await adapter.getStats()).toMatchObject({ completed: 0, scheduled: 1 });
    expect((await adapter.findJobs({})).jobs.map(({ id }) => id)).toEqual(later.map(({ id }) => id));
    const again = await adapter.add([{ type: 'mail', payload: 4, idempotencyKey: 'once' }]);
    expect(again[0]?.payload).toBe(4);
    await worker.stop();
  });
});

describe('the plan of a query', () => {
  beforeEach(async () => {
    await open().add([{ type: 'mail', payload: null }]);
  });

  it.each([
    [
      'claims',
      "SELECT seq FROM townkrier_jobs WHERE queue = ? AND status = 'pending' ORDER BY sort_key, seq LIMIT 10",
      'townkrier_jobs_ready',
    ],
    [
      'jobs of a status',
      "SELECT seq FROM townkrier_jobs WHERE queue = ? AND status = 'completed' AND status <> 'processing' ORDER BY seq LIMIT 10",
      'townkrier_jobs_place',
    ],
    [
      'jobs that run',
      "SELECT seq FROM townkrier_jobs WHERE queue = ? AND status = 'processing' LIMIT 10",
      'townkrier_jobs_held',
    ],
    [
      'jobs of a dead worker',
      "SELECT * FROM townkrier_jobs WHERE worker_id = ? AND status = 'processing' ORDER BY seq",
      'townkrier_jobs_held',
    ],
    [
      'the next due job',
      "SELECT min(due_at) FROM townkrier_jobs WHERE queue = ? AND status IN ('scheduled', 'retrying')",
      'townkrier_jobs_due',
    ],
    [
      'jobs of an owner',
      'SELECT * FROM townkrier_jobs WHERE owner = ? ORDER BY seq LIMIT 10',
      'townkrier_jobs_owner',
    ],
    [
      'jobs that come before another',
      "SELECT count(*) FROM townkrier_jobs WHERE queue = ? AND status = 'pending' AND (sort_key, seq) < (1, 2)",
      'COVERING INDEX townkrier_jobs_ready (queue=? AND sort_key<?)',
    ],
    [
      'the first turn',
      `SELECT ${ORDER} FROM townkrier_jobs WHERE queue = ? AND priority = 5 AND is_fair = 1 AND status = 'pending' ORDER BY ${ORDER} LIMIT 1`,
      'townkrier_jobs_turn (queue=? AND priority=?)',
    ],
    [
      'the last turn of a key',
      `SELECT ${ORDER} FROM townkrier_jobs WHERE queue = ? AND priority = 5 AND is_fair = 1 AND status = 'pending' AND group_key IS NULL ORDER BY ${ORDER} DESC LIMIT 1`,
      'townkrier_jobs_group_turn (queue=? AND priority=? AND group_key=?)',
    ],
    [
      'fair jobs that are due',
      "SELECT seq FROM townkrier_jobs WHERE queue = ? AND due_at <= 1 AND status IN ('scheduled', 'retrying') AND status = 'retrying' AND is_fair = 1 ORDER BY due_at, seq",
      'townkrier_jobs_due (queue=? AND due_at<?)',
    ],
    [
      'jobs that are due',
      "UPDATE townkrier_jobs SET status = 'pending' WHERE queue = ? AND due_at <= 1 AND status IN ('scheduled', 'retrying') AND status = 'retrying' AND is_fair = 0",
      'townkrier_jobs_due (queue=? AND due_at<?)',
    ],
  ])('%s reads an index, and sorts nothing large', (_what, sql, index) => {
    const plan = planOf(sql, 'default');
    expect(plan).toContain(index);
    if (!sql.includes("'processing'")) expect(plan).not.toContain('TEMP B-TREE');
  });
});

it('counters say the same as the rows, after all kinds of changes', async () => {
  const clock = new VirtualClock();
  const adapter = open({ clock, maxRetries: 1, retryDelay: 1000 });
  const jobs = await adapter.add(
    Array.from({ length: 40 }, (_, i) => ({
      type: 'mail',
      payload: i,
      queue: `q${i % 3}`,
      ...(i % 5 === 0 && { scheduledFor: clock.now() + 60_000 }),
    })),
  );
  const worker = adapter.work(({ job }) => {
    if (Number(job.payload) % 4 === 1) throw new Error('no');
  });
  for (let second = 0; second < 5; second++) await clock.advance(1000);
  await worker.stop();
  await adapter.cancelJob(jobs[0]?.id ?? '');
  await adapter.deleteJob(jobs[2]?.id ?? '');
  await adapter.retryJob(jobs[1]?.id ?? '');
  const raw = new DatabaseSync(place.file);
  const counted = raw.prepare('SELECT status, count(*) AS n FROM townkrier_jobs GROUP BY status').all();
  raw.close();
  const expected = Object.fromEntries(counted.map((row) => [row['status'], row['n']]));
  const stats = Object.entries(await adapter.getStats()).filter(([, n]) => n > 0);
  expect(Object.fromEntries(stats)).toEqual(expected);
  expect(Object.keys(expected)).toEqual(
    expect.arrayContaining(['cancelled', 'completed', 'failed', 'scheduled']),
  );
});

it('pages by several statuses and queues are in order, whole, and counted right', async () => {
  const clock = new VirtualClock();
  const adapter = open({ clock });
  for (let i = 0; i < 30; i++) {
    const isLater = i % 3 === 0 && { scheduledFor: clock.now() + MINUTE };
    await adapter.add([{ id: `job-${i}`, type: 'mail', payload: i, queue: `q${i % 2}`, ...isLater }]);
  }
  const seen: string[] = [];
  for (let offset = 0; ; offset += 7) {
    const page = await adapter.findJobs({ status: ['pending', 'scheduled'], limit: 7, offset, order: 'asc' });
    expect(page.total).toBe(30);
    if (page.jobs.length === 0) break;
    seen.push(...page.jobs.map(({ id }) => id));
  }
  expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => `job-${i}`));
  expect((await adapter.findJobs({ status: 'scheduled', queue: 'q0' })).total).toBe(5);
});
