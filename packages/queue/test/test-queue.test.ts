import { Notification } from '@townkrier/core';
import { fakeNotifications } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BatchOutcome } from '../src/batches/batch-outcome.ts';
import { step } from '../src/chains/step.ts';
import { defineJob } from '../src/define-job.ts';
import { defineQueue } from '../src/policy/define-queue.ts';
import { createTestQueue } from '../src/testing/index.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const buildReport = defineJob({ name: 'report.build', payload: z.object({ month: z.string() }) });

class Welcome extends Notification {
  via() {
    return ['email'];
  }
  override toEmail() {
    return { subject: 'Welcome', text: 'Hello' };
  }
}

describe('drain', () => {
  it('runs a day of retries to the end without waiting', async () => {
    const queue = createTestQueue({
      maxRetries: 4,
      backoff: { type: 'exponential', delay: HOUR, factor: 2 },
    });
    const triedAt: number[] = [];
    const startedAt = queue.clock.now();
    queue.handle(buildReport, () => {
      triedAt.push((queue.clock.now() - startedAt) / HOUR);
      if (triedAt.length < 5) throw new Error('not yet');
    });
    await queue.add(buildReport, { month: '2026-01' });
    expect(await queue.drain()).toEqual({ completed: 1, failed: 0, cancelled: 0, elapsedMs: 15 * HOUR });
    expect(triedAt).toEqual([0, 1, 3, 7, 15]);
  });

  it('runs scheduled jobs at their moments, and what jobs add', async () => {
    const queue = createTestQueue();
    const done: [string, number][] = [];
    queue.handle(buildReport, async ({ payload: { month } }) => {
      done.push([month, queue.clock.now()]);
      if (month === 'first') await queue.add(buildReport, { month: 'added by the first' });
    });
    const at = queue.clock.now() + HOUR;
    await queue.add(buildReport, { month: 'later' }, { scheduledFor: new Date(at) });
    await queue.add(buildReport, { month: 'first' });
    await queue.drain();
    expect(done.map(([month]) => month)).toEqual(['first', 'added by the first', 'later']);
    expect(done[2]?.[1]).toBe(at);
  });

  it('counts failures, and may be called again', async () => {
    const queue = createTestQueue({ maxRetries: 0 });
    queue.handle(buildReport, () => {
      throw new Error('never');
    });
    await queue.add(buildReport, { month: '2026-01' });
    expect((await queue.drain()).failed).toBe(1);
    expect(await queue.drain()).toEqual({ completed: 0, failed: 0, cancelled: 0, elapsedMs: 0 });
  });

  it('says so when a handler waits for the real world', async () => {
    const queue = createTestQueue({ timeout: 1e15, shutdownTimeout: 0 });
    queue.handle(buildReport, () => new Promise(() => undefined));
    await queue.add(buildReport, { month: '2026-01' });
    await expect(queue.drain()).rejects.toThrow('A handler still runs');
  });
});

describe('what else waits for the clock', () => {
  const nineInTheMorning = {
    name: 'monthly',
    job: buildReport,
    payload: { month: '2026-01' },
    cron: '0 9 * * *',
  };

  it('schedules fire as often as they are due, however long ago the first jobs were forgotten', async () => {
    const queue = createTestQueue();
    const builtAt: number[] = [];
    queue.handle(buildReport, () => void builtAt.push(queue.clock.date.getUTCHours()));
    await queue.schedules.set(nineInTheMorning);
    expect(await queue.runFor(30 * DAY)).toEqual({
      completed: 30,
      failed: 0,
      cancelled: 0,
      elapsedMs: 30 * DAY,
    });
    expect(new Set(builtAt)).toEqual(new Set([9]));
  });

  it('a schedule keeps no drain from its end', async () => {
    const queue = createTestQueue();
    queue.handle(buildReport, () => undefined);
    await queue.schedules.set(nineInTheMorning);
    await queue.add(buildReport, { month: '2025-12' });
    expect(await queue.drain()).toMatchObject({ completed: 1, elapsedMs: 0 });
  });

  it('jobs of a queue with a limit start when it allows', async () => {
    const reports = defineQueue({ name: 'default', rateLimit: { max: 2, per: HOUR } });
    const queue = createTestQueue({ queues: [reports] });
    queue.handle(buildReport, () => undefined);
    for (const month of ['01', '02', '03', '04', '05']) await queue.add(buildReport, { month });
    expect(await queue.runFor(HOUR / 2)).toMatchObject({ completed: 2 });
    const { completed, elapsedMs } = await queue.drain();
    expect(completed).toBe(3);
    expect(elapsedMs).toBeGreaterThan(HOUR);
  });

  it('a handler that waits for a later moment goes on when it comes', async () => {
    const queue = createTestQueue();
    queue.handle(
      buildReport,
      () => new Promise<void>((resolve) => void queue.clock.schedule(resolve, 90 * MINUTE)),
    );
    await queue.add(buildReport, { month: '2026-01' }, { timeout: DAY });
    expect(await queue.runFor(HOUR)).toMatchObject({ completed: 0 });
    expect(await queue.runFor(HOUR)).toMatchObject({ completed: 1 });
  });

  it('a pause is over at its end', async () => {
    const queue = createTestQueue();
    queue.handle(buildReport, () => undefined);
    await queue.queues.pause('default', { until: new Date(queue.clock.now() + DAY) });
    await queue.add(buildReport, { month: '2026-01' });
    expect(await queue.drain()).toMatchObject({ completed: 1, elapsedMs: DAY });
  });

  it('a pause without an end fails the drain and names the queue', async () => {
    const queue = createTestQueue();
    queue.handle(buildReport, () => undefined);
    await queue.queues.pause('default');
    await queue.add(buildReport, { month: '2026-01' });
    await expect(queue.drain()).rejects.toThrow('default pauses');
    await queue.queues.resume('default');
    expect(await queue.drain()).toMatchObject({ completed: 1 });
  });

  it('a batch is drained with the job that follows it', async () => {
    const queue = createTestQueue();
    const announce = defineJob({ name: 'reports.announce', payload: z.object({}) });
    const outcomes: (BatchOutcome | null)[] = [];
    queue.handle(buildReport, () => undefined);
    queue.handle(announce, ({ batch }) => void outcomes.push(batch));
    const jobs = ['01', '02'].map((month) => step(buildReport, { month }));
    await queue.batches.add({ id: 'reports', jobs, whenDone: step(announce, {}) });
    expect(await queue.drain()).toMatchObject({ completed: 3 });
    expect(outcomes).toMatchObject([{ id: 'reports', completed: 2 }]);
  });

  it('a debounced job waits until nobody adds it any more', async () => {
    const queue = createTestQueue();
    const built: string[] = [];
    queue.handle(buildReport, ({ payload }) => void built.push(payload.month));
    const dedupe = { key: 'report', debounce: MINUTE };
    await queue.add(buildReport, { month: '01' }, { dedupe });
    expect(await queue.runFor(MINUTE / 2)).toMatchObject({ completed: 0 });
    await queue.add(buildReport, { month: '02' }, { dedupe });
    expect(await queue.drain()).toMatchObject({ completed: 1, elapsedMs: MINUTE });
    expect(built).toEqual(['02']);
  });
});

describe('modes', () => {
  it('inline: add resolves once the job has ended, retries included', async () => {
    const queue = createTestQueue({ mode: 'inline', retryDelay: HOUR });
    queue.handle(buildReport, ({ attempt }) => {
      if (attempt === 1) throw new Error('not yet');
      return 'built';
    });
    expect(await queue.add(buildReport, { month: '2026-01' })).toMatchObject({
      status: 'completed',
      attempts: 2,
      result: 'built',
    });
  });

  it('inline: what is there already is told from what is new, once that has ended', async () => {
    const queue = createTestQueue({ mode: 'inline' });
    queue.handle(buildReport, () => undefined);
    const add = () => queue.addUnique(buildReport, { month: '2026-01' }, { idempotencyKey: 'january' });
    expect(await add()).toMatchObject({ outcome: 'added', job: { status: 'completed' } });
    expect(await add()).toMatchObject({ outcome: 'exists' });
  });

  it('inline: chain resolves once all steps have ended', async () => {
    const queue = createTestQueue({ mode: 'inline' });
    const built: string[] = [];
    queue.handle(buildReport, ({ payload }) => void built.push(payload.month));
    await queue.chain(['01', '02', '03'].map((month) => step(buildReport, { month })));
    expect(built).toEqual(['01', '02', '03']);
  });

  it('inline: enqueue sends at once', async () => {
    const notifications = fakeNotifications();
    const queue = createTestQueue({ mode: 'inline', notificationManager: notifications });
    const job = await queue.enqueue(new Welcome(), { email: 'ada@example.com' });
    expect(job.status).toBe('completed');
    notifications.assertSent(Welcome);
  });

  it('fake: keeps what was added and runs nothing', async () => {
    const queue = createTestQueue({ mode: 'fake' });
    await queue.add(buildReport, { month: '2026-01' });
    await queue.add(buildReport, { month: '2026-02' });
    expect(await queue.payloadsOf(buildReport)).toEqual([{ month: '2026-01' }, { month: '2026-02' }]);
    await expect(queue.drain()).rejects.toThrow('A fake queue runs nothing');
    await expect(queue.runFor(HOUR)).rejects.toThrow('A fake queue runs nothing');
  });
});

it('an unknown option is refused', () => {
  expect(() => createTestQueue({ speed: 2 } as object)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('speed') }),
  );
});
