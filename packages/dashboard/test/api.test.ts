import { JobStatus } from '@townkrier/queue';
import { describe, expect, it } from 'vitest';
import * as responses from '../src/responses.ts';
import { createDashboard, createSources } from './harness.ts';
import { ADA, addNotificationJob, failJob, logRow } from './seed.ts';

async function json(response: Response): Promise<unknown> {
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  return await response.json();
}

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

describe('GET /api/jobs', () => {
  it('gives a page with how many there are', async () => {
    const { ask, ...sources } = createDashboard();
    for (let index = 0; index < 5; index += 1) await addNotificationJob(sources, { id: `job-${index}` });
    const list = responses.jobListSchema.parse(await json(await ask('/api/jobs?limit=2&offset=1&order=asc')));
    expect(list.jobs.map((job) => job.id)).toEqual(['job-1', 'job-2']);
    expect(list).toMatchObject({ count: 2, total: 5, page: { offset: 1, limit: 2 } });
  });

  it('takes 50 when no limit is given, and empty parameters as not given', async () => {
    const { ask } = createDashboard();
    const list = responses.jobListSchema.parse(
      await json(await ask('/api/jobs?status=&queue=&limit=&offset=')),
    );
    expect(list.page).toEqual({ offset: 0, limit: 50 });
  });

  it('filters by one status and by several', async () => {
    const { ask, ...sources } = createDashboard();
    await addNotificationJob(sources, { id: 'waits' });
    await addNotificationJob(sources, { id: 'later', scheduledFor: sources.clock.now() + 60_000 });
    const ids = async (query: string) =>
      responses.jobListSchema.parse(await json(await ask(`/api/jobs?${query}`))).jobs.map((job) => job.id);
    expect(await ids('status=scheduled')).toEqual(['later']);
    expect(await ids('status=failed')).toEqual([]);
    expect((await ids('status=pending,scheduled')).sort()).toEqual(['later', 'waits']);
  });

  it('filters by queue, type, name and tag', async () => {
    const { ask, adapter } = createDashboard();
    await adapter.add([
      { id: 'a', type: 'report', name: 'monthly', queue: 'slow', tags: ['eu'], payload: null },
      { id: 'b', type: 'export', name: 'weekly', queue: 'fast', tags: ['us'], payload: null },
    ]);
    for (const query of ['queue=slow', 'type=report', 'name=monthly', 'tag=eu']) {
      const list = responses.jobListSchema.parse(await json(await ask(`/api/jobs?${query}`)));
      expect(
        list.jobs.map((job) => job.id),
        query,
      ).toEqual(['a']);
    }
  });

  it('shows the channel and the masked address, never the payload', async () => {
    const { ask, ...sources } = createDashboard();
    await addNotificationJob(sources);
    const text = await (await ask('/api/jobs')).text();
    expect(JSON.parse(text).jobs[0]).toMatchObject({
      channels: ['email'],
      recipients: 1,
      status: JobStatus.PENDING,
    });
    expect(JSON.parse(text).jobs[0]).not.toHaveProperty('payload');
    expect(text).not.toContain(ADA.email);
    expect(text).not.toContain(ADA.name);
  });
});

describe('GET /api/jobs/:id', () => {
  it('gives the job with its deliveries, attempts and what may be done with it', async () => {
    const { ask, ...sources } = createDashboard();
    const job = await addNotificationJob(sources);
    await failJob(sources, new Error('boom'));
    const detail = responses.jobDetailSchema.parse(await json(await ask(`/api/jobs/${job.id}`)));
    expect(detail).toMatchObject({ id: job.id, status: 'failed', attempts: 1, actions: ['retry', 'delete'] });
    expect(detail.error).toMatchObject({ message: 'boom' });
    expect(detail.attemptLog).toHaveLength(1);
    expect(detail.deliveries).toHaveLength(1);
  });

  it('shows nothing of a person: not in payload, error, log lines, result or metadata', async () => {
    const { ask, ...sources } = createDashboard();
    const job = await addNotificationJob(sources, {
      metadata: { note: `called ${ADA.name}`, to: ADA.email },
    });
    await failJob(sources, new Error(`550 no such user ${ADA.email} (${ADA.name}), code ${ADA.code}`), [
      `rendering for ${ADA.name}`,
    ]);
    const text = await (await ask(`/api/jobs/${job.id}`)).text();
    for (const value of [ADA.email, ADA.name, ADA.code]) expect(text).not.toContain(value);
    expect(JSON.parse(text).payload).toMatchObject({
      content: { kind: 'payload', payload: { name: '***' } },
    });
  });

  it('leaves out the stack of an error: it names files of the server', async () => {
    const { ask, ...sources } = createDashboard();
    const job = await addNotificationJob(sources);
    await failJob(sources, new Error('boom'));
    expect(await (await ask(`/api/jobs/${job.id}`)).text()).not.toMatch(/"stack"|seed\.ts/);
  });

  it('finds jobs by ids with every kind of character', async () => {
    const { ask, adapter } = createDashboard();
    for (const id of ['a/b', '3<b>', '100%', 'ünïcode 🦄', 'a?b#c', '__proto__', '../../etc/passwd']) {
      await adapter.add([{ id, type: 'report', payload: null }]);
      const response = await ask(`/api/jobs/${encodeURIComponent(id)}`);
      expect(responses.jobDetailSchema.parse(await json(response)).id).toBe(id);
    }
  });

  it('answers 404 with the id for a job nobody keeps', async () => {
    const { ask } = createDashboard();
    const response = await ask('/api/jobs/nope');
    expect(response.status).toBe(404);
    expect(await json(response)).toEqual({ error: 'Job not found', code: 'NOT_FOUND', jobId: 'nope' });
  });
});

describe('changes of jobs', () => {
  it('retries a failed job', async () => {
    const { ask, ...sources } = createDashboard();
    const job = await addNotificationJob(sources);
    await failJob(sources, new Error('boom'));
    const response = await ask(`/api/jobs/${job.id}/retry`, { method: 'POST' });
    const result = responses.jobActionSchema.parse(await json(response));
    expect(result).toMatchObject({ success: true, jobId: job.id });
    expect((await sources.queueManager.getJob(job.id))?.status).toBe('pending');
  });

  it('cancels a waiting job', async () => {
    const { ask, ...sources } = createDashboard();
    const job = await addNotificationJob(sources);
    const response = await ask(`/api/jobs/${job.id}/cancel`, { method: 'POST' });
    expect(responses.jobActionSchema.parse(await json(response)).jobId).toBe(job.id);
    expect((await sources.queueManager.getJob(job.id))?.status).toBe('cancelled');
  });

  it('deletes a job', async () => {
    const { ask, ...sources } = createDashboard();
    const job = await addNotificationJob(sources);
    const response = await ask(`/api/jobs/${job.id}`, { method: 'DELETE' });
    expect(responses.jobActionSchema.parse(await json(response)).jobId).toBe(job.id);
    expect(await sources.queueManager.getJob(job.id)).toBeNull();
  });

  it.each([
    ['POST', '/api/jobs/nope/retry'],
    ['POST', '/api/jobs/nope/cancel'],
    ['DELETE', '/api/jobs/nope'],
  ])('%s %s answers 404', async (method, path) => {
    const { ask } = createDashboard();
    const response = await ask(path, { method });
    expect(response.status).toBe(404);
    expect(await json(response)).toMatchObject({ code: 'NOT_FOUND', jobId: 'nope' });
  });

  it('answers 409 to retrying what waits already and cancelling what has ended', async () => {
    const { ask, ...sources } = createDashboard();
    const job = await addNotificationJob(sources);
    const retry = await ask(`/api/jobs/${job.id}/retry`, { method: 'POST' });
    expect(retry.status).toBe(409);
    await failJob(sources, new Error('boom'));
    const cancel = await ask(`/api/jobs/${job.id}/cancel`, { method: 'POST' });
    expect(cancel.status).toBe(409);
    expect(await json(cancel)).toMatchObject({ code: 'CONFLICT', jobId: job.id });
  });
});

describe('GET /api/logs', () => {
  it('gives a page with how many there are, without content', async () => {
    const { ask, ...sources } = createDashboard();
    for (let index = 0; index < 3; index += 1) await logRow(sources);
    const response = await ask('/api/logs?limit=2&offset=0');
    const body = await json(response);
    const list = responses.logListSchema.parse(body);
    expect(list).toMatchObject({ total: 3, page: { offset: 0, limit: 2 } });
    expect(list.logs).toHaveLength(2);
    expect(list.logs[0]).toMatchObject({ hasContent: true });
    expect(list.logs[0]).not.toHaveProperty('content');
    expect(JSON.stringify(body)).not.toContain('recipientHash');
  });

  it('filters by every parameter of the seeds', async () => {
    const { ask, ...sources } = createDashboard();
    await logRow(sources, { channel: 'email', status: 'sent', recipient: ADA.email });
    await sources.clock.advance(86_400_000);
    await logRow(sources, { channel: 'sms', status: 'failed', recipient: '+15550100' });
    const total = async (query: string) =>
      responses.logListSchema.parse(await json(await ask(`/api/logs?${query}`))).total;
    expect(await total('channel=email')).toBe(1);
    expect(await total('status=failed')).toBe(1);
    expect(await total('status=failed,sent')).toBe(2);
    expect(await total(`recipient=${encodeURIComponent(ADA.email)}`)).toBe(1);
    expect(await total('recipient=nobody@example.com')).toBe(0);
    expect(await total('startDate=2026-11-23')).toBe(1);
    expect(await total('endDate=2026-11-22')).toBe(1);
    expect(await total('startDate=2026-11-22&endDate=2026-11-23T23:00:00%2B01:00')).toBe(2);
    expect(await total('channel=email&status=sent&sortBy=sentAt&sortOrder=asc&limit=50&offset=0')).toBe(1);
  });

  it('sorts as asked', async () => {
    const { ask, ...sources } = createDashboard();
    const first = await logRow(sources);
    await sources.clock.advance(1_000);
    const second = await logRow(sources);
    const ids = async (order: string) =>
      responses.logListSchema
        .parse(await json(await ask(`/api/logs?sortBy=createdAt&sortOrder=${order}`)))
        .logs.map((log) => log.id);
    expect(await ids('asc')).toEqual([first.id, second.id]);
    expect(await ids('desc')).toEqual([second.id, first.id]);
  });
});

describe('GET /api/logs/:id', () => {
  it('gives the row with its content', async () => {
    const { ask, ...sources } = createDashboard();
    const log = await logRow(sources);
    const detail = responses.logDetailSchema.parse(await json(await ask(`/api/logs/${log.id}`)));
    expect(detail).toMatchObject({ id: log.id, channel: 'email', status: 'sent', contentPrivacy: 'masked' });
    expect(detail.content).toBe(log.content);
    expect(detail.retryLogs).toEqual([]);
  });

  it('answers 404 with the id for a row nobody keeps, also for its preview and explanation', async () => {
    const { ask } = createDashboard();
    for (const path of ['/api/logs/nope', '/api/logs/nope/preview', '/api/logs/nope/explain']) {
      const response = await ask(path);
      expect(response.status, path).toBe(404);
      expect(await json(response)).toEqual({ error: 'Log not found', code: 'NOT_FOUND', logId: 'nope' });
    }
  });

  it('shows a public row in clear to an admin and masked to a viewer', async () => {
    const sources = createSources();
    const log = await logRow(sources, { contentPrivacy: 'public', content: `Hello ${ADA.email}` });
    const asAdmin = createDashboard({}, sources);
    const asViewer = createDashboard({ authorize: () => ({ id: 'v' }) }, sources);
    const adminText = await (await asAdmin.ask(`/api/logs/${log.id}`)).text();
    expect(adminText).toContain(ADA.email);
    for (const path of [
      `/api/logs/${log.id}`,
      '/api/logs',
      `/api/logs/${log.id}/preview`,
      `/api/logs/${log.id}/explain`,
    ]) {
      expect(await (await asViewer.ask(path)).text(), path).not.toContain(ADA.email);
    }
  });
});

describe('GET /api/logs/:id/preview', () => {
  it('gives HTML as it was kept, in a sandbox that runs and loads nothing', async () => {
    const { ask, ...sources } = createDashboard({ authorize: () => ({ id: 'a', role: 'admin' }) });
    const content = '<script>alert(1)</script><p>Hello</p>';
    const log = await logRow(sources, { contentPrivacy: 'public', contentType: 'html', content });
    const response = await ask(`/api/logs/${log.id}/preview`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:;/);
    expect(policy).not.toMatch(/allow-|script-src/);
    expect(policy).toContain("frame-ancestors 'self'");
    expect(await response.text()).toContain('<p>Hello</p>');
  });

  it('gives text as text, whatever it looks like', async () => {
    const { ask, ...sources } = createDashboard();
    const log = await logRow(sources, {
      contentPrivacy: 'public',
      contentType: 'text',
      subject: '</title><script>1</script>',
      content: '<img src=x onerror=alert(1)>',
    });
    const page = await (await ask(`/api/logs/${log.id}/preview`)).text();
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page).not.toContain('<script>');
  });

  it('says so when no content was kept', async () => {
    const { ask, ...sources } = createDashboard();
    const log = await logRow(sources, { contentPrivacy: 'private' });
    expect(await (await ask(`/api/logs/${log.id}/preview`)).text()).toContain('No content');
  });
});

describe('GET /api/logs/:id/explain', () => {
  it('tells in sentences what happened', async () => {
    const { ask, ...sources } = createDashboard();
    const log = await logRow(sources, { status: 'failed', reason: 'mailbox full' });
    const explanation = responses.logExplanationSchema.parse(
      await json(await ask(`/api/logs/${log.id}/explain`)),
    );
    expect(explanation.logId).toBe(log.id);
    expect(explanation.lines[0]).toBe(explanation.summary);
    expect(explanation.steps.length).toBeGreaterThan(0);
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
