import { Notification, NotificationManager } from '@townkrier/core';
import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { defineJob } from './define-job.ts';
import { InMemoryQueueAdapter } from './in-memory/in-memory-queue-adapter.ts';
import { QueueManager } from './queue-manager.ts';
import type { TypedJobContext } from './typed-job.ts';

const buildReport = defineJob({
  name: 'report.build',
  queue: 'reports',
  payload: z.object({ month: z.string().regex(/^\d{4}-\d{2}$/), pages: z.coerce.number().default(1) }),
  retries: 2,
  backoff: 100,
  timeout: 5000,
  priority: 10,
});

function setUp() {
  const clock = new VirtualClock();
  const adapter = new InMemoryQueueAdapter({ clock });
  const queue = new QueueManager(adapter);
  return { clock, adapter, queue };
}

describe('adding a typed job', () => {
  it('stores what its kind says, and what the call says instead', async () => {
    const { queue } = setUp();
    const job = await queue.add(
      buildReport,
      { month: '2026-01' },
      { timeout: 9000, owner: 'ada', tags: ['q1'] },
    );
    expect(job).toMatchObject({
      type: 'report.build',
      queue: 'reports',
      name: 'report.build',
      payload: { version: 1, data: { month: '2026-01' } },
      maxRetries: 2,
      backoff: { type: 'fixed', delay: 100 },
      timeout: 9000,
      priority: 10,
      owner: 'ada',
      tags: ['q1'],
    });
  });

  it('refuses a payload that does not fit, naming the field and not the value, and stores nothing', async () => {
    const { queue } = setUp();
    const added = queue.add(buildReport, { month: 'last summer' });
    await expect(added).rejects.toMatchObject({
      code: 'QUEUE_PAYLOAD_INVALID',
      message: expect.stringMatching(/"report\.build" is invalid: month: (?!.*last summer)/),
    });
    expect((await queue.findJobs()).total).toBe(0);
  });

  it('refuses what is no plain data, though the schema takes it', async () => {
    const { queue } = setUp();
    const remind = defineJob({ name: 'remind', payload: z.object({ at: z.date() }) });
    await expect(queue.add(remind, { at: new Date(0) })).rejects.toMatchObject({
      code: 'QUEUE_PAYLOAD_INVALID',
    });
  });

  it('gives back the job that has the key', async () => {
    const { queue } = setUp();
    const first = await queue.add(buildReport, { month: '2026-01' }, { idempotencyKey: 'january' });
    const second = await queue.add(buildReport, { month: '2026-02' }, { idempotencyKey: 'january' });
    expect(second).toEqual(first);
  });

  it('refuses an option it does not know', async () => {
    const { queue } = setUp();
    const wrong = { delay: 5 } as object;
    await expect(queue.add(buildReport, { month: '2026-01' }, wrong)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('delay'),
    });
  });
});

describe('handling a typed job', () => {
  it('gives the handler the payload as the schema makes it, and a key that stays the same', async () => {
    const { queue, clock } = setUp();
    const seen: TypedJobContext<{ month: string; pages: number }>[] = [];
    queue.handle(buildReport, async (context) => {
      seen.push(context);
      await context.log('building');
      await context.progress(50, 'half');
      if (context.attempt === 1) throw new Error('not yet');
      return { pages: context.payload.pages };
    });
    queue.startProcessing();
    const job = await queue.add(buildReport, { month: '2026-01', pages: '12' });
    await clock.advance(1000);
    expect(seen.map(({ payload, attempt }) => [payload, attempt])).toEqual([
      [{ month: '2026-01', pages: 12 }, 1],
      [{ month: '2026-01', pages: 12 }, 2],
    ]);
    expect(new Set(seen.map(({ idempotencyKey }) => idempotencyKey))).toEqual(new Set([job.id]));
    expect(await queue.getJob(job.id)).toMatchObject({
      status: 'completed',
      result: { pages: 12 },
      progress: { percent: 50, step: 'half' },
    });
    await queue.close();
  });

  it('aborts the signal when the attempt takes too long', async () => {
    const { queue, clock } = setUp();
    let signal: AbortSignal | undefined;
    queue.handle(buildReport, (context) => {
      signal = context.signal;
      return new Promise(() => undefined);
    });
    queue.startProcessing();
    await queue.add(buildReport, { month: '2026-01' }, { retries: 0 });
    await clock.advance(5000);
    expect(signal?.reason).toMatchObject({ code: 'QUEUE_JOB_TIMEOUT' });
    const closing = queue.close();
    await clock.advance(30_000);
    await closing;
  });

  it('runs notifications and jobs side by side, each with its own handler', async () => {
    const { queue, clock } = setUp();
    class Welcome extends Notification {
      via() {
        return ['email'];
      }
      override toEmail() {
        return { subject: 'Welcome', text: 'Hello' };
      }
    }
    queue.setNotificationManager(
      new NotificationManager({ clock }).registerChannel('nowhere', {
        type: 'email',
        honoursIdempotencyKey: true,
        parseAddress: (address) => address,
        parseMessage: (message) => message,
        send: async () => ({ messageId: 'm-1', status: 'accepted' }),
      }),
    );
    queue.handle(buildReport, () => 'built');
    queue.startProcessing();
    const report = await queue.add(buildReport, { month: '2026-01' });
    const mail = await queue.enqueue(new Welcome(), { email: 'ada@example.com' });
    await clock.advance(10);
    expect((await queue.getJob(report.id))?.result).toBe('built');
    expect((await queue.getJob(mail.id))?.status).toBe('completed');
    await queue.close();
  });

  it('works only on the queues it is given', async () => {
    const { queue, clock } = setUp();
    const other = defineJob({ name: 'other', queue: 'elsewhere', payload: z.object({}) });
    queue.handle(buildReport, () => 'built');
    queue.startProcessing({ queues: ['reports'] });
    const left = await queue.add(other, {});
    const done = await queue.add(buildReport, { month: '2026-01' });
    await clock.advance(10);
    expect((await queue.getJob(done.id))?.status).toBe('completed');
    expect((await queue.getJob(left.id))?.status).toBe('pending');
    await queue.close();
  });

  it('fails a job of a kind nobody handles, replayable', async () => {
    const { queue, clock } = setUp();
    const undo = queue.handle(buildReport, () => 'built');
    queue.startProcessing();
    undo();
    const job = await queue.add(buildReport, { month: '2026-01' });
    await clock.advance(10);
    expect((await queue.getJob(job.id))?.error?.code).toBe('QUEUE_JOB_TYPE_UNKNOWN');
    queue.handle(buildReport, () => 'built');
    await queue.retryJob(job.id);
    await clock.advance(10);
    expect((await queue.getJob(job.id))?.status).toBe('completed');
    await queue.close();
  });

  it('takes one handler a kind', () => {
    const { queue } = setUp();
    queue.handle(buildReport, () => undefined);
    expect(() => queue.handle(buildReport, () => undefined)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});

describe('a stored payload', () => {
  const address = z.object({ street: z.string(), city: z.string() });
  const ship = defineJob({
    name: 'ship',
    payload: address,
    version: 2,
    upgrade: (payload, fromVersion) =>
      fromVersion === 1 && typeof payload === 'object' && payload !== null && 'line' in payload
        ? { street: String(payload['line']), city: 'unknown' }
        : payload,
  });

  async function run(payload: Parameters<InMemoryQueueAdapter['add']>[0][number]['payload']) {
    const { adapter, queue, clock } = setUp();
    const seen: unknown[] = [];
    queue.handle(ship, ({ payload }) => void seen.push(payload));
    queue.startProcessing();
    const [job] = await adapter.add([{ type: 'ship', payload, maxRetries: 5 }]);
    await clock.advance(60_000);
    const stored = await queue.getJob(job?.id ?? '');
    await queue.close();
    return { seen, status: stored?.status, code: stored?.error?.code, attempts: stored?.attempts };
  }

  it('of an older version is upgraded', async () => {
    expect(await run({ version: 1, data: { line: 'Main Street 1' } })).toMatchObject({
      seen: [{ street: 'Main Street 1', city: 'unknown' }],
      status: 'completed',
    });
  });

  it.each([
    ['that does not fit', { version: 2, data: { street: 5 } }],
    ['of a newer version', { version: 3, data: { street: 'a', city: 'b' } }],
    ['that is not one of its kind', 'hello'],
  ])('%s goes to the dead letters at once, with retries left', async (_what, payload) => {
    expect(await run(payload)).toEqual({
      seen: [],
      status: 'failed',
      code: 'QUEUE_PAYLOAD_INVALID',
      attempts: 1,
    });
  });

  it('whose upgrade throws does, too', async () => {
    const { adapter, queue, clock } = setUp();
    const broken = defineJob({
      name: 'broken',
      payload: z.object({}),
      version: 2,
      upgrade: () => {
        throw new Error('no idea');
      },
    });
    queue.handle(broken, () => 'done');
    queue.startProcessing();
    const [job] = await adapter.add([{ type: 'broken', payload: { version: 1, data: {} }, maxRetries: 5 }]);
    await clock.advance(60_000);
    expect(await queue.getJob(job?.id ?? '')).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'QUEUE_PAYLOAD_INVALID', causes: ['Error: no idea'] },
    });
    await queue.close();
  });
});

it.each([
  [{ name: '' }, 'name'],
  [{ name: 'a', payload: {} }, 'payload'],
  [{ name: 'a', payload: z.object({}), retries: -1 }, 'retries'],
  [{ name: 'a', payload: z.object({}), attempts: 3 }, 'attempts'],
])('a definition with %o is refused by name', (options, key) => {
  expect(() => defineJob({ payload: z.object({}), ...options } as Parameters<typeof defineJob>[0])).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(key) }),
  );
});

it('types are inferred from the definition to the handler', () => {
  const { queue } = setUp();
  queue.handle(buildReport, ({ payload }) => {
    expectTypeOf(payload).toEqualTypeOf<{ month: string; pages: number }>();
  });
  // @ts-expect-error: month is missing
  const missing = () => queue.add(buildReport, {});
  // @ts-expect-error: month is a text
  const wrong = () => queue.add(buildReport, { month: 5 });
  expect([missing, wrong]).toHaveLength(2);
});
