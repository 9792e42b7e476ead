import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AnyJobDefinition,
  DeadLetters,
  defineJob,
  NonRetryableError,
  type QueueAdapter,
} from '@townkrier/queue';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  BACKENDS,
  type Backend,
  type BackendServer,
  freshAddress,
  openQueue,
  startServerOf,
} from '../harness/backends.ts';
import { until } from '../harness/until.ts';
import { reasonMissing } from './missing-servers.ts';

const ROUNDS = 200;
const buildReport = defineJob({ name: 'report.build', payload: z.object({ pages: z.number() }), version: 3 });
const JOBS: ReadonlyMap<string, AnyJobDefinition> = new Map([[buildReport.name, buildReport]]);

/** Two operators, each with a connection of its own to one queue. */
class TwoDesks {
  readonly #folder: string;
  readonly adapters: readonly [QueueAdapter, QueueAdapter];
  readonly one: DeadLetters;
  readonly other: DeadLetters;

  private constructor(folder: string, adapters: readonly [QueueAdapter, QueueAdapter]) {
    this.#folder = folder;
    this.adapters = adapters;
    this.one = new DeadLetters(adapters[0], { jobs: JOBS });
    this.other = new DeadLetters(adapters[1], { jobs: JOBS });
  }

  static async open(backend: Backend, server: BackendServer | null): Promise<TwoDesks> {
    const folder = await mkdtemp(join(tmpdir(), 'townkrier-dead-letters-'));
    const address = freshAddress(backend, folder, server?.url);
    const { adapter: first } = await openQueue(address);
    const { adapter: second } = await openQueue(address);
    return new TwoDesks(folder, [first, second]);
  }

  /** Adds jobs, and has them fail. */
  async fail(count: number): Promise<string[]> {
    const [adapter] = this.adapters;
    const payload = buildReport.store({ pages: 1 });
    const added = await adapter.add(
      Array.from({ length: count }, (_, i) => ({
        id: `job-${i}`,
        type: buildReport.name,
        payload,
        maxRetries: 0,
        owner: 'ada',
        tags: ['q1'],
      })),
    );
    await this.work((_, id) => {
      throw new NonRetryableError(`report ${id} was refused`, { code: 'REFUSED' });
    });
    return added.map(({ id }) => id);
  }

  /** Runs what waits to its end. @returns how often each job was run. */
  async work(run: (payload: unknown, id: string) => void): Promise<ReadonlyMap<string, number>> {
    const [adapter] = this.adapters;
    const runs = new Map<string, number>();
    const worker = adapter.work(
      ({ job }) => {
        runs.set(job.id, (runs.get(job.id) ?? 0) + 1);
        run(job.payload, job.id);
        return undefined;
      },
      { concurrency: 50 },
    );
    await until('the jobs have ended', async () => {
      const { pending, processing, scheduled, retrying } = await adapter.getStats();
      return pending + processing + scheduled + retrying === 0;
    });
    await worker.stop();
    return runs;
  }

  async close(): Promise<void> {
    await Promise.all(this.adapters.map((adapter) => adapter.close()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

describe.each(BACKENDS)('dead letters on %s', (backend) => {
  const reason = reasonMissing(backend);
  describe.skipIf(reason !== null)(reason ?? 'of a real server or file', () => {
    let server: BackendServer | null = null;
    let desks: TwoDesks;
    beforeAll(async () => {
      server = await startServerOf(backend);
    });
    afterAll(async () => {
      await server?.stop();
    });
    beforeEach(async () => {
      desks = await TwoDesks.open(backend, server);
    });
    afterEach(async () => {
      await desks.close();
    });

    it('are listed, with what went wrong, by reason', async () => {
      await desks.fail(3);
      const { total, deadLetters } = await desks.one.list({ type: 'report.build', order: 'asc' });
      expect(total).toBe(3);
      expect(deadLetters[0]).toMatchObject({
        error: { code: 'REFUSED', name: 'NonRetryableError' },
        attempts: 1,
        attemptLog: [{ outcome: 'failed' }],
        isReplayable: true,
        payload: { version: 3, data: { pages: 1 } },
      });
      expect(deadLetters[0]?.error?.stack).toContain('dead-letters.test.ts');
      const { groups } = await desks.other.groups();
      expect(groups).toMatchObject([{ count: 3, error: 'REFUSED', message: 'report # was refused' }]);
      expect((await desks.one.list({ group: groups[0]?.id })).total).toBe(3);
      expect((await desks.one.list({ type: 'another' })).total).toBe(0);
      expect((await desks.one.list({ owner: 'ada', tag: 'q1' })).total).toBe(3);
      expect((await desks.one.list({ owner: 'ada', tag: 'q2' })).total).toBe(0);
    });

    it('are replayed with another payload, once that fits, as often as is allowed', async () => {
      await desks.fail(1);
      const [jobId = ''] = (await desks.one.list()).deadLetters.map((letter) => letter.jobId);
      await expect(desks.one.replay(jobId, { payload: { pages: 'many' } })).rejects.toMatchObject({
        code: 'QUEUE_PAYLOAD_INVALID',
      });
      expect(await desks.one.get(jobId)).toMatchObject({ replays: 0, payload: { data: { pages: 1 } } });
      for (let pages = 2; pages <= 6; pages++) {
        await desks.one.replay(jobId, { payload: { pages } });
        await desks.work((payload) => {
          expect(payload).toEqual({ version: 3, data: { pages } });
          throw new NonRetryableError('refused again');
        });
      }
      expect(await desks.other.get(jobId)).toMatchObject({
        replays: 5,
        isReplayable: false,
        error: { message: 'refused again' },
      });
      await expect(desks.other.replay(jobId)).rejects.toMatchObject({ code: 'QUEUE_REPLAY_LIMIT' });
    });

    it('are cleared as they were counted', async () => {
      await desks.fail(150);
      const { token, count } = await desks.one.confirmClear();
      expect(count).toBe(150);
      await desks.other.replay('job-7');
      expect(await desks.one.clear(token)).toEqual({ deleted: 149, passedOver: 1 });
      expect(await desks.one.list()).toMatchObject({ total: 0 });
      expect((await desks.adapters[1].getJob('job-7'))?.status).toBe('pending');
    });

    it(`of two who replay one at once, ${ROUNDS} times, one starts it and the other is refused`, async () => {
      const ids = await desks.fail(ROUNDS);
      for (const id of ids) await race(desks, (deadLetters) => deadLetters.replay(id));
      const runs = await desks.work(() => undefined);
      expect(runs).toEqual(new Map(ids.map((id) => [id, 1])));
      expect(await desks.adapters[0].getStats()).toMatchObject({ completed: ROUNDS, failed: 0 });
    });

    it(`of two who replay one as new at once, ${ROUNDS} times, one starts it and the other is refused`, async () => {
      const ids = await desks.fail(ROUNDS);
      for (const id of ids) await race(desks, (deadLetters) => deadLetters.replay(id, { asNew: true }));
      const runs = await desks.work(() => undefined);
      expect([...runs.values()]).toEqual(ids.map(() => 1));
      expect(ids.some((id) => runs.has(id))).toBe(false);
      expect(await desks.adapters[0].getStats()).toMatchObject({ completed: ROUNDS, failed: 0 });
    });

    it('of two who replay all at once, each is started once', async () => {
      const ids = await desks.fail(ROUNDS);
      const both = await Promise.all([desks.one.replayAll(), desks.other.replayAll()]);
      const started = both.flatMap(({ results }) => results).filter(({ outcome }) => outcome === 'replayed');
      expect(started.map(({ jobId }) => jobId).sort()).toEqual(ids.toSorted());
      const runs = await desks.work(() => undefined);
      expect([...runs.values()]).toEqual(ids.map(() => 1));
    });
  });
});

/** Both do the same at once; one must be told that the other was first. */
async function race(desks: TwoDesks, act: (deadLetters: DeadLetters) => Promise<unknown>): Promise<void> {
  const outcomes = await Promise.allSettled([act(desks.one), act(desks.other)]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = outcomes.find((outcome) => outcome.status === 'rejected');
  // Not found: the other had already finished, as new, before this one looked.
  expect(['QUEUE_JOB_STATE', 'QUEUE_JOB_NOT_FOUND']).toContain(refused?.reason.code);
}
