import { describe, expect, it } from 'vitest';
import type { Principal } from '../src/index.ts';
import { RING_SIZE } from '../src/live/event-hub.ts';
import { createDashboard } from './harness.ts';
import { addNotificationJob, failJob, logRow, runJobs } from './seed.ts';
import { readEvents } from './sse.ts';

describe('GET /api/stream', () => {
  it('begins with hello and the statistics', async () => {
    const { ask, clock, dashboard } = createDashboard();
    const response = await ask('/api/stream');
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store, no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const events = readEvents(response);
    await clock.settle();
    dashboard.close();
    expect((await events).map(({ name }) => name)).toEqual(['hello', 'stats']);
  });

  it('tells what happens to jobs and log rows, with ids, states and numbers only', async () => {
    const { ask, dashboard, ...sources } = createDashboard();
    const events = readEvents(await ask('/api/stream?topics=jobs,logs'));
    const job = await addNotificationJob(sources);
    await failJob(sources, new Error('550 no such user ada@example.com'));
    await logRow(sources);
    dashboard.close();
    const heard = (await events).slice(1);
    expect(heard.map(({ name }) => name)).toEqual([
      'job.created',
      'job.started',
      'job.failed',
      'log.created',
    ]);
    expect(heard[2]?.data).toMatchObject({ jobId: job.id, status: 'failed', severity: 'error' });
    expect(JSON.stringify(heard)).not.toContain('ada@example.com');
  });

  it('tells of a job for later as scheduled', async () => {
    const { ask, dashboard, ...sources } = createDashboard();
    const events = readEvents(await ask('/api/stream?topics=jobs'));
    await addNotificationJob(sources, { scheduledFor: sources.clock.now() + 1_000 });
    dashboard.close();
    expect((await events)[1]?.name).toBe('job.scheduled');
  });

  it('narrows to one job', async () => {
    const { ask, dashboard, ...sources } = createDashboard();
    const events = readEvents(await ask('/api/stream?topics=jobs&job=mine'));
    await addNotificationJob(sources, { id: 'other' });
    await addNotificationJob(sources, { id: 'mine' });
    dashboard.close();
    expect((await events).slice(1).map(({ data }) => data)).toEqual([
      expect.objectContaining({ jobId: 'mine' }),
    ]);
  });

  it('brings back what was missed, by header or by query', async () => {
    const { ask, dashboard, ...sources } = createDashboard();
    const first = readEvents(await ask('/api/stream?topics=jobs'));
    await addNotificationJob(sources, { id: 'seen' });
    const readers = [];
    const lastId = await lastIdOf(ask);
    await addNotificationJob(sources, { id: 'missed-1' });
    await addNotificationJob(sources, { id: 'missed-2' });
    readers.push(readEvents(await ask('/api/stream?topics=jobs', { headers: { 'last-event-id': lastId } })));
    readers.push(readEvents(await ask(`/api/stream?topics=jobs&lastEventId=${lastId}`)));
    await addNotificationJob(sources, { id: 'live' });
    dashboard.close();
    for (const reader of readers) {
      const events = await reader;
      expect(events.map(({ name }) => name)).toEqual(['hello', 'job.created', 'job.created', 'job.created']);
      expect(events.slice(1).map(({ data }) => (data as { jobId: string }).jobId)).toEqual([
        'missed-1',
        'missed-2',
        'live',
      ]);
    }
    const ids = (await first).map(({ id }) => Number(id?.split('.').at(-1)));
    expect(ids).toEqual(ids.toSorted((left, right) => left - right));
  });

  it.each(['gone.17', 'not an id', 'x.-1'])(
    'asks to load again after an id it does not know: %s',
    async (lastEventId) => {
      const { ask, dashboard } = createDashboard();
      const events = readEvents(
        await ask('/api/stream?topics=jobs', { headers: { 'last-event-id': lastEventId } }),
      );
      dashboard.close();
      expect((await events).map(({ name }) => name)).toEqual(['hello', 'resync']);
    },
  );

  it('asks to load again after more events than it remembers', async () => {
    const { ask, dashboard, adapter } = createDashboard();
    const lastId = await lastIdOf(ask);
    await adapter.add(Array.from({ length: RING_SIZE + 1 }, () => ({ type: 'report', payload: null })));
    const events = readEvents(await ask('/api/stream?topics=jobs', { headers: { 'last-event-id': lastId } }));
    dashboard.close();
    expect((await events).map(({ name }) => name)).toEqual(['hello', 'resync']);
  });

  it('gives a sign of life every 15 seconds', async () => {
    const { ask, clock, dashboard } = createDashboard();
    const events = readEvents(await ask('/api/stream?topics=jobs'));
    await clock.advance(45_000);
    dashboard.close();
    expect((await events).filter(({ name }) => name === 'ping')).toHaveLength(3);
  });

  it('sends statistics at most once a second, however much happens', async () => {
    const { ask, dashboard, ...sources } = createDashboard();
    const events = readEvents(await ask('/api/stream?topics=stats'));
    await sources.clock.settle();
    for (let index = 0; index < 50; index += 1) await addNotificationJob(sources);
    await runJobs(sources);
    await sources.clock.advance(900);
    dashboard.close();
    const stats = (await events).filter(({ name }) => name === 'stats');
    expect(stats).toHaveLength(2);
    expect(stats[1]?.data).toMatchObject({ queue: { completed: 50 } });
  });

  it('carries only what the principal may read', async () => {
    const { ask, dashboard, ...sources } = createDashboard({
      authorize: () => ({ id: 'x', permissions: ['logs:read'] }),
    });
    const events = readEvents(await ask('/api/stream'));
    await addNotificationJob(sources);
    await logRow(sources);
    await sources.clock.advance(1_000);
    dashboard.close();
    expect((await events).map(({ name }) => name)).toEqual(['hello', 'log.created']);
    expect((await ask('/api/stream?topics=jobs,stats')).status).toBe(403);
  });

  it('ends within a minute of the right to listen being taken away', async () => {
    let principal: Principal | false = { id: 'x', role: 'viewer' };
    const { ask, clock } = createDashboard({ authorize: () => principal });
    const events = readEvents(await ask('/api/stream?topics=jobs'));
    principal = false;
    await clock.advance(60_000);
    expect((await events).at(-1)?.name).toBe('ping');
  });

  it('loses a topic within a minute of that right being taken away', async () => {
    let principal: Principal = { id: 'x', role: 'viewer' };
    const { ask, dashboard, ...sources } = createDashboard({ authorize: () => principal });
    const events = readEvents(await ask('/api/stream?topics=jobs,logs'));
    principal = { id: 'x', permissions: ['logs:read'] };
    await sources.clock.advance(60_000);
    await addNotificationJob(sources);
    await logRow(sources);
    dashboard.close();
    const names = (await events).map(({ name }) => name);
    expect(names).not.toContain('job.created');
    expect(names).toContain('log.created');
  });

  it('may be open five times for a principal, and again once one has ended', async () => {
    const { ask, dashboard } = createDashboard();
    const open = await Promise.all(Array.from({ length: 5 }, () => ask('/api/stream?topics=jobs')));
    const sixth = await ask('/api/stream?topics=jobs');
    expect(sixth.status).toBe(429);
    expect(sixth.headers.get('retry-after')).toBe('10');
    await open[0]?.body?.cancel();
    expect((await ask('/api/stream?topics=jobs')).status).toBe(200);
    dashboard.close();
  });

  it('drops a reader that does not read, and nobody else', async () => {
    const { ask, dashboard, adapter, clock } = createDashboard();
    const asleep = await ask('/api/stream?topics=jobs');
    const awake = readEvents(await ask('/api/stream?topics=jobs'));
    for (let round = 0; round < 8; round += 1) {
      const name = 'n'.repeat(180);
      await adapter.add(Array.from({ length: 500 }, () => ({ type: 'report', name, payload: null })));
      await clock.settle();
    }
    await expect(asleep.text()).rejects.toThrow('bytes waiting');
    dashboard.close();
    expect(await awake).toHaveLength(4_001);
  });

  it('leaves nothing behind when its reader goes away', async () => {
    const { ask, clock } = createDashboard();
    const before = clock.pendingTimers;
    const response = await ask('/api/stream');
    expect(clock.pendingTimers).toBeGreaterThan(before);
    await response.body?.cancel();
    expect(clock.pendingTimers).toBe(before);
  });

  it('ends when the dashboard closes, twice or not, and is refused afterwards', async () => {
    const { ask, dashboard, clock } = createDashboard();
    const events = readEvents(await ask('/api/stream?topics=jobs'));
    dashboard.close();
    dashboard.close();
    expect((await events).map(({ name }) => name)).toEqual(['hello']);
    expect((await ask('/api/stream')).status).toBe(429);
    expect(clock.pendingTimers).toBe(0);
  });
});

async function lastIdOf(ask: (path: string) => Promise<Response>): Promise<string> {
  const response = await ask('/api/stream?topics=jobs');
  const reader = response.body?.getReader();
  let text = '';
  while (!text.includes('event: hello')) text += new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
  return /^id: (.+)$/m.exec(text)?.[1] ?? '';
}
