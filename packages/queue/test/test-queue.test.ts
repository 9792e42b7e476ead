import { Notification } from '@townkrier/core';
import { fakeNotifications } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineJob } from '../src/define-job.ts';
import { createTestQueue } from '../src/testing/index.ts';

const HOUR = 3_600_000;
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
  });
});

it('an unknown option is refused', () => {
  expect(() => createTestQueue({ speed: 2 } as object)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('speed') }),
  );
});
