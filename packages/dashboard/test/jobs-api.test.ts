import { JobStatus } from '@townkrier/queue';
import { describe, expect, it } from 'vitest';
import * as responses from '../src/responses.ts';
import { createDashboard } from './harness.ts';
import { json } from './json.ts';
import { ADA, addNotificationJob, failJob } from './seed.ts';

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
