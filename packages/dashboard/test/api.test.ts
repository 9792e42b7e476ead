import {
  FailoverQueueAdapter,
  InMemoryQueueAdapter,
  type QueueAdapter,
  QueueManager,
} from '@townkrier/queue';
import { describe, expect, it } from 'vitest';
import * as responses from '../src/responses.ts';
import { createDashboard, createSources } from './harness.ts';
import { json } from './json.ts';
import { addNotificationJob, failJob, logRow } from './seed.ts';

describe('GET /api/stats', () => {
  it('counts jobs by status and notifications by what happened', async () => {
    const { ask, ...sources } = createDashboard();
    await addNotificationJob(sources);
    await logRow(sources, { status: 'delivered' });
    const response = await ask('/api/stats');
    expect(response.status).toBe(200);
    const stats = responses.statsSchema.parse(await json(response));
    expect(stats.queue).toEqual({
      pending: 1,
      processing: 0,
      completed: 0,
      failed: 0,
      retrying: 0,
      scheduled: 0,
      cancelled: 0,
    });
    expect(stats.notifications).toMatchObject({ total: 1, sent: 1, delivered: 1, byChannel: { email: 1 } });
    expect(stats.timestamp).toBe('2026-11-22T09:00:00.000Z');
  });
});

describe('GET /api/health', () => {
  it('says ok without asking queue and log', async () => {
    const { ask, queueManager } = createDashboard();
    queueManager.getStats = () => Promise.reject(new Error('must not be asked'));
    const health = responses.healthSchema.parse(await json(await ask('/api/health')));
    expect(health).toMatchObject({ status: 'ok', timestamp: '2026-11-22T09:00:00.000Z' });
    expect(health.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('asks them with deep=1, and answers 503 when one does not answer', async () => {
    const { ask, storageManager } = createDashboard();
    expect((await ask('/api/health?deep=1')).status).toBe(200);
    storageManager.getStats = () => Promise.reject(new Error('connect ECONNREFUSED db.internal:5432'));
    const response = await ask('/api/health?deep=1');
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      status: 'degraded',
      queue: { status: 'ok' },
      storage: { status: 'down' },
    });
    expect(text).not.toContain('db.internal');
  });
});

describe('GET /api/health of a queue with a fallback', () => {
  async function failoverOf(adapter: QueueAdapter) {
    const sources = { ...createSources(), queueManager: new QueueManager(adapter) };
    const { ask } = createDashboard({}, sources);
    const health = responses.healthSchema.parse(await json(await ask('/api/health?deep=1')));
    await adapter.close();
    expect(health.queue?.status).toBe('ok');
    return health.queue?.failover;
  }

  it('says that the primary is in use', async () => {
    const adapter = new FailoverQueueAdapter(new InMemoryQueueAdapter(), new InMemoryQueueAdapter());
    expect(await failoverOf(adapter)).toEqual({ active: 'primary', isDraining: false, waitingInFallback: 0 });
  });

  it('says that the fallback is in use, and is well all the same: the app takes jobs', async () => {
    const primary = new InMemoryQueueAdapter();
    primary.ping = () => Promise.reject(new Error('connect ECONNREFUSED redis.internal:6379'));
    const adapter = new FailoverQueueAdapter(primary, new InMemoryQueueAdapter());
    await adapter.add([{ type: 'test', payload: null }]);
    expect(await failoverOf(adapter)).toEqual({
      active: 'fallback',
      isDraining: false,
      waitingInFallback: 1,
    });
  });

  it('says nothing of it where an adapter tells something else about its health, or fails to', async () => {
    const other = (health: () => Promise<unknown>) => Object.assign(new InMemoryQueueAdapter(), { health });
    expect(await failoverOf(other(async () => 'fine'))).toBeUndefined();
    expect(await failoverOf(other(() => Promise.reject(new Error('no'))))).toBeUndefined();
    expect(await failoverOf(new InMemoryQueueAdapter())).toBeUndefined();
  });
});

describe('GET /api/me', () => {
  it('says who asks, what they may do and what the queue can do', async () => {
    const { ask, adapter } = createDashboard();
    const me = responses.meSchema.parse(await json(await ask('/api/me')));
    expect(me.principal).toEqual({ id: 'local', name: 'This machine', role: 'admin' });
    expect(me.permissions).toContain('jobs:delete');
    expect(me).toMatchObject({ readOnly: false, environment: 'test' });
    expect(me.features.jobFilters).toEqual([...adapter.capabilities.filters]);
  });
});

describe('GET /api/metrics/timeseries', () => {
  it('counts what jobs came to as it happens', async () => {
    const { ask, ...sources } = createDashboard();
    await addNotificationJob(sources);
    await failJob(sources, new Error('boom'));
    const series = responses.timeseriesSchema.parse(
      await json(await ask('/api/metrics/timeseries?range=15m')),
    );
    expect(series.points.at(-1)).toMatchObject({ failed: 1, completed: 0 });
  });
});

describe('GET /api/openapi.json', () => {
  it('describes every route of the table, with its permission and parameters', async () => {
    const { ask } = createDashboard();
    const document = (await json(await ask('/api/openapi.json'))) as {
      paths: Record<string, Record<string, { 'x-permission': string; parameters: { name: string }[] }>>;
    };
    expect(document.paths['/api/jobs/{id}/retry']?.['post']?.['x-permission']).toBe('jobs:retry');
    const parameters = document.paths['/api/logs']?.['get']?.parameters.map(({ name }) => name);
    expect(parameters).toEqual(expect.arrayContaining(['channel', 'status', 'startDate', 'limit', 'sortBy']));
  });
});

describe('when queue or log fail', () => {
  it('answers 503 with an id, and tells only onError what it was', async () => {
    const { ask, queueManager, failures } = createDashboard();
    queueManager.findJobs = () => Promise.reject(new Error('password authentication failed for user "root"'));
    const response = await ask('/api/jobs');
    expect(response.status).toBe(503);
    const body = await json(response);
    expect(body).toEqual({
      error: 'The job queue did not answer.',
      code: 'UNAVAILABLE',
      requestId: expect.any(String),
    });
    expect(failures).toHaveLength(1);
    expect(String(failures[0])).toContain('password authentication failed');
  });

  it('does not wait longer than its timeout', async () => {
    const { ask, clock, storageManager } = createDashboard({ timeout: 2_000 });
    storageManager.queryLogs = () => new Promise(() => {});
    const answer = ask('/api/logs');
    await clock.advance(2_000);
    expect((await answer).status).toBe(503);
  });

  it('answers 500 without a stack when the fault is inside', async () => {
    const { ask, queueManager } = createDashboard();
    // An adapter that breaks its contract, which no type of ours can prevent at run time.
    queueManager.getJob = async () => ({ id: 'x' }) as never;
    const response = await ask('/api/jobs/x');
    expect(response.status).toBe(500);
    expect(await json(response)).toEqual({
      error: 'Something went wrong in the dashboard.',
      code: 'INTERNAL',
      requestId: expect.any(String),
    });
  });
});
