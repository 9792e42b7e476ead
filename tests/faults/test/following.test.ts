import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFinished, type QueueJob, QueueManager, step } from '@townkrier/queue';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  BACKENDS,
  type Backend,
  type BackendServer,
  freshAddress,
  openQueue,
  type QueueAddress,
  startServerOf,
} from '../harness/backends.ts';
import { type ChildProgram, startProgram } from '../harness/child-program.ts';
import type { FollowingSettings } from '../harness/following-program.ts';
import { until } from '../harness/until.ts';
import { reportAll, sendOne } from './followed-jobs.ts';
import { reasonMissing } from './missing-servers.ts';

const JOBS = 5;
const month = '2026-01';

/** A queue, and the processes that work on it. */
class FollowedQueue {
  readonly queue: QueueManager;
  readonly #folder: string;
  readonly #address: QueueAddress;
  readonly #programs: ChildProgram[] = [];

  private constructor(folder: string, address: QueueAddress, queue: QueueManager) {
    this.#folder = folder;
    this.#address = address;
    this.queue = queue;
  }

  static async open(backend: Backend, server: BackendServer | null): Promise<FollowedQueue> {
    const folder = await mkdtemp(join(tmpdir(), 'townkrier-following-'));
    const address = freshAddress(backend, folder, server?.url);
    const { adapter } = await openQueue(address);
    return new FollowedQueue(folder, address, new QueueManager(adapter));
  }

  work(settings: Omit<FollowingSettings, 'queue'> = {}): ChildProgram {
    const all: FollowingSettings = { queue: this.#address, ...settings };
    const program = startProgram('./following-program.ts', all, join(this.#folder, 'work.log'));
    this.#programs.push(program);
    return program;
  }

  /** What followed, once so many did and all of it is over. */
  async followers(count = 1): Promise<QueueJob[]> {
    return until('what follows has ended', async () => {
      const jobs = await this.queue.getJobs({ limit: 100 });
      const followers = jobs.filter(({ type }) => type === reportAll.name);
      return followers.length >= count && jobs.every(({ status }) => isFinished(status)) && followers;
    });
  }

  async close(): Promise<void> {
    for (const { process } of this.#programs) process.kill('SIGKILL');
    await Promise.all(this.#programs.map(({ exited }) => exited));
    await this.queue.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

describe.each(BACKENDS)('what follows on %s', (backend) => {
  const reason = reasonMissing(backend);
  describe.skipIf(reason !== null)(reason ?? 'of a real server or file', () => {
    let server: BackendServer | null = null;
    let followed: FollowedQueue;
    beforeAll(async () => {
      server = await startServerOf(backend);
    });
    afterAll(async () => {
      await server?.stop();
    });
    beforeEach(async () => {
      followed = await FollowedQueue.open(backend, server);
    });
    afterEach(async () => {
      await followed.close();
    });

    it('a step is added once, though two died while they added it', async () => {
      await followed.queue.chain([step(sendOne, { number: 7 }), step(reportAll, { month })], { id: 'chain' });
      expect((await followed.work({ failAt: 'add:before' }).exited).signal).toBe('SIGKILL');
      expect((await followed.work({ failAt: 'add:after' }).exited).signal).toBe('SIGKILL');
      followed.work();
      expect(await followed.followers()).toMatchObject([
        { id: 'chain.1', status: 'completed', result: { parent: 7 } },
      ]);
      expect(await followed.queue.getJob('chain')).toMatchObject({ status: 'completed', crashes: 2 });
    });

    it('a batch is followed once, though those who saw its end died of it', async () => {
      const jobs = Array.from({ length: JOBS }, (_, number) => step(sendOne, { number }));
      await followed.queue.batches.add({ id: 'batch', jobs, whenDone: step(reportAll, { month }) });
      expect((await followed.work({ failAt: 'add:before' }).exited).signal).toBe('SIGKILL');
      expect((await followed.work({ failAt: 'add:after' }).exited).signal).toBe('SIGKILL');
      followed.work();
      const counts = { completed: JOBS, failed: 0, cancelled: 0, forgotten: 0 };
      expect(await followed.followers()).toMatchObject([
        {
          id: 'batch:batch:done',
          status: 'completed',
          result: { batch: { id: 'batch', total: JOBS, ...counts } },
        },
      ]);
      const batch = await until('it is over', async () => {
        const found = await followed.queue.batches.get('batch');
        return found !== null && found.doneAt !== null && found;
      });
      expect(batch).toMatchObject(counts);
    });

    // One backend shows what the checks find.
    if (backend !== 'sqlite') return;
    it('would be seen to come twice, were its id not to follow from its place', async () => {
      await followed.queue.chain([step(sendOne, { number: 7 }), step(reportAll, { month })], { id: 'chain' });
      await followed.work({ failAt: 'add:after', fault: 'forgets ids' }).exited;
      followed.work({ fault: 'forgets ids' });
      expect(await followed.followers(2)).toHaveLength(2);
    });
  });
});
