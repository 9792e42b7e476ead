import { once } from 'node:events';
import { createServer } from 'node:http';
import { Notification, NotificationManager, PermanentError } from '@townkrier/core';
import { VirtualClock } from '@townkrier/core/testing';
import { InMemoryQueueAdapter, NonRetryableError, QueueManager } from '@townkrier/queue';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { collectMetrics } from '../src/prometheus/index.ts';
import { emailChannel } from './email-channel.ts';

/** `name{label="value",…} number`, as the text format has it. */
const LINE = /^([a-z_:]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)$/;

class Hello extends Notification {
  override via() {
    return ['email'];
  }
  override toEmail() {
    return { subject: 'Hello', text: 'Hello' };
  }
}

let clock: VirtualClock;
let adapter: InMemoryQueueAdapter;
let registry: Registry;

beforeEach(() => {
  clock = new VirtualClock();
  adapter = new InMemoryQueueAdapter({ clock, maxRetries: 0 });
  registry = new Registry();
});
afterEach(() => adapter.close());

/** Scrapes over HTTP, as Prometheus does, and reads back every line. */
async function scrape(): Promise<ReadonlyMap<string, number>> {
  const server = createServer(async (_request, response) => {
    response.setHeader('content-type', registry.contentType).end(await registry.metrics());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  server.close();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map(parseLine));
}

function parseLine(line: string): [string, number] {
  const [, name = '', labels = '', value = ''] = LINE.exec(line) ?? [];
  expect(name, `a line of the text format, got ${line}`).not.toBe('');
  const sorted = labels.split(',').filter(Boolean).toSorted().join(',');
  return [sorted === '' ? name : `${name}{${sorted}}`, Number(value)];
}

/** The lines of a metric that are not 0, without its name. */
async function valuesOf(metric: string): Promise<Record<string, number>> {
  const prefix = `${metric}{`;
  const lines = [...(await scrape())].filter(([key, value]) => key.startsWith(prefix) && value !== 0);
  return Object.fromEntries(lines.map(([key, value]) => [key.slice(prefix.length, -1), value]));
}

async function addTo(...queues: string[]): Promise<void> {
  await adapter.add(queues.map((queue) => ({ type: 'report', payload: null, queue })));
}

it('jobs are counted by queue and status at the moment of the scrape', async () => {
  collectMetrics({ queue: adapter, registry });
  await addTo('mails', 'mails', 'reports');
  await adapter.add([{ type: 'x', payload: null, queue: 'mails', scheduledFor: clock.now() + 1000 }]);
  expect(await valuesOf('townkrier_jobs')).toEqual({
    'queue="mails",status="pending"': 2,
    'queue="mails",status="scheduled"': 1,
    'queue="reports",status="pending"': 1,
  });
  const [job] = (await adapter.findJobs({ queue: 'reports' })).jobs;
  await adapter.cancelJob(job?.id ?? '');
  expect(await valuesOf('townkrier_jobs')).toMatchObject({ 'queue="reports",status="cancelled"': 1 });
  expect((await scrape()).get('townkrier_queue_up')).toBe(1);
});

it('queues that are not to be shown count together, in every metric', async () => {
  collectMetrics({ queue: adapter, registry, queues: ['mails'] });
  await addTo('mails', 'tenant-1', 'tenant-2');
  expect(await valuesOf('townkrier_jobs')).toEqual({
    'queue="mails",status="pending"': 1,
    'queue="other",status="pending"': 2,
  });
  expect(await valuesOf('townkrier_jobs_added_total')).toEqual({ 'queue="mails"': 1, 'queue="other"': 2 });
});

it('however many queues there are, no more than fifty are shown', async () => {
  collectMetrics({ queue: adapter, registry });
  await addTo(...Array.from({ length: 200 }, (_, i) => `tenant-${i}`));
  const added = await valuesOf('townkrier_jobs_added_total');
  expect(Object.keys(added)).toHaveLength(51);
  expect(added['queue="other"']).toBe(150);
  expect((await valuesOf('townkrier_jobs'))['queue="other",status="pending"']).toBe(150);
});

it('waiting and running are measured in seconds, and outcomes counted', async () => {
  collectMetrics({ queue: adapter, registry, buckets: [1, 5] });
  await addTo('mails', 'mails');
  await clock.advance(3000);
  let isFirst = true;
  const worker = adapter.work(async () => {
    if (!isFirst) throw new NonRetryableError('no');
    isFirst = false;
    await new Promise<void>((resolve) => clock.schedule(resolve, 2000));
    return undefined;
  });
  await clock.advance(10_000);
  await worker.stop();
  expect(await valuesOf('townkrier_job_outcomes_total')).toEqual({
    'outcome="completed",queue="mails"': 1,
    'outcome="failed",queue="mails"': 1,
  });
  expect(await valuesOf('townkrier_job_wait_seconds_sum')).toEqual({ 'queue="mails"': 3 });
  expect(await valuesOf('townkrier_job_run_seconds_sum')).toEqual({ 'queue="mails"': 2 });
  expect(await valuesOf('townkrier_job_wait_seconds_bucket')).toEqual({
    'le="5",queue="mails"': 1,
    'le="+Inf",queue="mails"': 1,
  });
});

it('deliveries are counted by channel, provider and outcome', async () => {
  let isDown = false;
  const channel = emailChannel(async () => {
    if (isDown) throw new PermanentError('no', { provider: 'mail' });
    return { messageId: 'm', status: 'accepted' };
  });
  const notifications = new NotificationManager({ clock }).registerChannel('mail', channel);
  collectMetrics({ notifications, registry });
  const recipient = { email: { email: 'ada@example.com' } };
  await notifications.send(new Hello(), recipient);
  isDown = true;
  await expect(notifications.send(new Hello(), recipient)).rejects.toThrow();
  notifications.use({ name: 'quiet', deliver: async () => ({ status: 'skipped', reason: 'quiet hours' }) });
  await notifications.send(new Hello(), recipient);
  expect(await valuesOf('townkrier_deliveries_total')).toEqual({
    'channel="email",outcome="sent",provider="mail"': 1,
    'channel="email",outcome="failed",provider="mail"': 1,
    'channel="email",outcome="skipped",provider=""': 1,
  });
});

it('a queue that cannot be read is told as down, and the rest of the scrape goes on', async () => {
  const errors: unknown[] = [];
  collectMetrics({ queue: adapter, registry, onError: (error) => errors.push(error) });
  await addTo('mails');
  expect(await valuesOf('townkrier_jobs')).not.toEqual({});
  adapter.getStats = () => Promise.reject(new Error('away'));
  const metrics = await scrape();
  expect(metrics.get('townkrier_queue_up')).toBe(0);
  expect([...metrics.keys()].filter((key) => key.startsWith('townkrier_jobs{'))).toEqual([]);
  expect(metrics.get('townkrier_jobs_added_total{queue="mails"}')).toBe(1);
  expect(errors).toEqual([new Error('away')]);
});

it('a queue manager is measured as its adapter is, and the undo takes everything back', async () => {
  const queueManager = new QueueManager(adapter);
  const stop = collectMetrics({
    queue: queueManager,
    notifications: new NotificationManager({ clock }),
    registry,
  });
  await addTo('mails');
  expect((await scrape()).get('townkrier_jobs_added_total{queue="mails"}')).toBe(1);
  stop();
  expect(await registry.metrics()).toBe('\n');
  collectMetrics({ queue: queueManager, registry });
  await addTo('mails');
  expect((await scrape()).get('townkrier_jobs_added_total{queue="mails"}')).toBe(1);
});

it('an option nobody knows is refused', () => {
  const options: object = { queue: adapter, registry, labels: [] };
  expect(() => collectMetrics(options)).toThrow(/labels/);
});
