import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { storeQueueAdapterShape } from '@townkrier/queue';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Place } from './place.ts';
import { describeWithRedis } from './redis-url.ts';

const PROGRAM = fileURLToPath(new URL('queue-worker-process.ts', import.meta.url));
const SHORT = { leaseMs: 600, heartbeatMs: 150 };

let place: Place;

/** A worker in a process of its own that took a job and does not end it. */
async function startStuckWorker(leaseMs: number): Promise<{ child: ChildProcess; jobId: string }> {
  const args = ['--conditions=@townkrier/source', '--no-warnings', PROGRAM, place.url, place.prefix];
  const child = spawn(process.execPath, [...args, String(leaseMs)], { stdio: ['ignore', 'pipe', 'inherit'] });
  place.onClose(async () => void child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, jobId: String(line).replace('began ', '') };
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

describeWithRedis('a worker process that is killed', () => {
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it('leaves a job that runs again, with no retry used up', { timeout: 20_000 }, async () => {
    const adapter = place.open(SHORT);
    await adapter.add([{ id: 'job', type: 'test', payload: null, maxRetries: 0 }]);
    const { child, jobId } = await startStuckWorker(SHORT.leaseMs);
    expect(jobId).toBe('job');
    await killed(child);
    expect(await adapter.getJob('job')).toMatchObject({ status: 'processing', attempts: 1 });
    adapter.work(() => 'done');
    await expect
      .poll(() => adapter.getJob('job'), { timeout: 10_000 })
      .toMatchObject({
        status: 'completed',
        attempts: 1,
        crashes: 1,
      });
  });

  it('three times with one job makes that job fail as poison', { timeout: 30_000 }, async () => {
    const adapter = place.open(SHORT);
    await adapter.add([{ id: 'job', type: 'test', payload: null }]);
    // It reaps, and runs nothing of that queue.
    adapter.work(() => 'done', { queues: ['other'] });
    for (let crash = 0; crash < 3; crash++) {
      const { child } = await startStuckWorker(SHORT.leaseMs);
      await killed(child);
    }
    await expect
      .poll(() => adapter.getJob('job'), { timeout: 10_000 })
      .toMatchObject({
        status: 'failed',
        crashes: 3,
        error: { code: 'QUEUE_JOB_POISON' },
      });
  });

  it('holds a job for no longer than 20 seconds with the default options', { timeout: 20_000 }, async () => {
    const leaseMs = storeQueueAdapterShape.leaseMs.parse(undefined);
    const adapter = place.open();
    await adapter.add([{ id: 'job', type: 'test', payload: null }]);
    adapter.work(() => new Promise((resolve) => place.redis.once('released', resolve)));
    const lock = `${place.prefix}:default:job:lock`;
    await expect.poll(() => place.redis.exists(lock)).toBe(1);
    const left = await place.redis.pttl(lock);
    place.redis.emit('released');
    expect(left).toBeGreaterThan(0);
    // Every process that works looks for ended leases three times a lease.
    expect(left + leaseMs / 3).toBeLessThanOrEqual(20_000);
  });
});
