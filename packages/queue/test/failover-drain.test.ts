import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@townkrier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NonRetryableError, QueueErrorCode } from '../src/errors.ts';
import type { JobDelivery } from '../src/job.ts';
import { FailoverPair, idsIn } from './failover-pair.ts';
import type { SwitchableAdapter } from './switchable-adapter.ts';

const DELIVERY: JobDelivery = {
  idempotencyKey: 'delivery-1',
  channel: 'email',
  status: 'sent',
  isRetryable: false,
  attempts: 1,
  provider: 'smtp',
  messageId: 'm-1',
  reason: null,
  updatedAt: new Date(1_700_000_000_000),
};

/** Adds jobs one after another, and gives their ids. */
async function addMany(pair: FailoverPair, count: number, prefix = 'job'): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await pair.add({ id: `${prefix}-${index}` }));
  return ids;
}

/** Lets a side take its time for each call, before it does it. */
function makeSlow(side: SwitchableAdapter, clock: Clock, ms: number): void {
  side.before = () => new Promise<void>((resolve) => clock.schedule(resolve, ms));
}

describe('when the primary answers again', () => {
  it('everything that waited moves to it in the order of adding, under the same ids', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const ids = await addMany(pair, 250);
    expect(await pair.adapter.health()).toMatchObject({ active: 'fallback', waitingInFallback: 250 });
    await pair.giveBack();
    expect(await idsIn(pair.primary)).toEqual(ids);
    expect(await idsIn(pair.fallback)).toEqual([]);
    expect(await pair.adapter.health()).toMatchObject({
      active: 'primary',
      isDraining: false,
      waitingInFallback: 0,
      drained: 250,
    });
    expect(pair.announced.slice(1)).toEqual(['drained 250', 'closed']);
    await pair.adapter.close();
  });

  it('a job keeps all it was added with', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const later = pair.clock.now() + 3_600_000;
    const given = {
      id: 'chosen-id',
      queue: 'mail',
      type: 'report.weekly',
      name: 'Weekly report',
      payload: { list: [1, 2.5, null, true, { deep: [] }] },
      priority: 20,
      maxRetries: 7,
      timeout: 1234,
      backoff: { type: 'exponential', delay: 30_000, factor: 3, maxDelay: 600_000, jitter: 'full' },
      scheduledFor: later,
      metadata: { campaign: 'spring' },
      deliveries: [DELIVERY],
      tags: ['weekly'],
      groupKey: 'tenant-1',
      owner: 'user-1',
      idempotencyKey: 'key-1',
    } as const;
    await pair.add(given);
    await pair.giveBack();
    expect(await pair.primary.getJob('chosen-id')).toMatchObject({
      ...given,
      scheduledFor: new Date(later),
      status: 'scheduled',
      attempts: 0,
    });
    await pair.adapter.close();
  });

  it('a scheduled job that was made due by hand stays due', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const id = await pair.add({ scheduledFor: pair.clock.now() + 3_600_000 });
    await pair.adapter.retryJob(id);
    await pair.giveBack();
    expect((await pair.primary.getJob(id))?.status).toBe('pending');
    await pair.adapter.close();
  });

  it('a job with the key of one that the primary keeps is that one', async () => {
    const pair = new FailoverPair();
    const kept = await pair.add({ idempotencyKey: 'order-1' });
    await pair.lose();
    const meanwhile = await pair.add({ idempotencyKey: 'order-1' });
    expect(meanwhile).not.toBe(kept);
    await pair.giveBack();
    expect(await idsIn(pair.primary)).toEqual([kept]);
    expect(await idsIn(pair.fallback)).toEqual([]);
    await pair.adapter.close();
  });

  it('a job that moves is neither announced again nor called deleted', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const [enqueued, deleted] = [pair.heard('job:enqueued'), pair.heard('job:deleted')];
    const id = await pair.add();
    await pair.giveBack();
    expect(await idsIn(pair.primary)).toEqual([id]);
    expect(enqueued.map(({ jobId }) => jobId)).toEqual([id]);
    expect(deleted).toEqual([]);
    await pair.adapter.deleteJob(id);
    expect(deleted.map(({ jobId }) => jobId)).toEqual([id]);
    await pair.adapter.close();
  });

  it('each outage is announced, with the jobs that waited in it', async () => {
    const pair = new FailoverPair();
    await pair.adapter.health();
    for (const count of [1, 2]) {
      await pair.lose();
      await addMany(pair, count, `outage-${count}`);
      await pair.giveBack();
    }
    expect(pair.announced.map((each) => each.split(':')[0])).toEqual([
      'closed',
      ...['opened', 'drained 1', 'closed'],
      ...['opened', 'drained 2', 'closed'],
    ]);
    await pair.adapter.close();
  });

  it('processes that share both sides move each job once', async () => {
    const one = new FailoverPair({ state: 'rejects' });
    const ids = await addMany(one, 150);
    const other = new FailoverPair({ state: 'rejects' }, one);
    await other.clock.settle();
    other.primarySwitch.state = 'answers';
    // The other one is done before this one forgets what it moved.
    one.fallbackSwitch.before = (method) =>
      method === 'deleteJob' && new Promise<void>((resolve) => one.clock.schedule(resolve, 100));
    await one.giveBack();
    expect(await idsIn(one.primary)).toEqual(ids);
    expect(await idsIn(one.fallback)).toEqual([]);
    expect([...one.errors, ...other.errors]).toEqual([]);
    await one.inTime(one.adapter.close());
    await other.adapter.close();
  });

  it('a job that another process begins to run in the fallback ends there', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const id = await pair.add({ timeout: 300_000 });
    pair.fallbackSwitch.before = async (method) => {
      if (method !== 'deleteJob') return;
      pair.fallback.work(() => new Promise(() => undefined));
      for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
    };
    await pair.giveBack();
    expect((await pair.fallback.getJob(id))?.status).toBe('processing');
    expect(await pair.adapter.health()).toMatchObject({ active: 'primary' });
    expect(pair.errors).toEqual([]);
    await pair.inTime(pair.adapter.close());
  });

  it('jobs that an earlier process left in the fallback go first', async () => {
    const before = new FailoverPair({ state: 'rejects' });
    const left = await addMany(before, 120, 'left');
    const pair = before.crash();
    const adding = ['new-1', 'new-2'].map((id) => pair.add({ id }));
    const added = await Promise.all(adding);
    await pair.clock.settle();
    expect(await idsIn(pair.primary)).toEqual([...left, ...added]);
    expect(pair.announced).toEqual(['drained 122', 'closed']);
    await pair.adapter.close();
  });
});

describe('jobs added while the fallback is emptied', () => {
  it('wait behind those that were there before', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const waited = await addMany(pair, 250);
    const adding: Promise<string>[] = [];
    pair.primarySwitch.before = (method) => {
      if (method === 'add' && adding.length < 3) adding.push(pair.add({ id: `during-${adding.length}` }));
    };
    await pair.giveBack();
    const added = await Promise.all(adding);
    expect(added).toHaveLength(3);
    expect(await idsIn(pair.primary)).toEqual([...waited, ...added]);
    expect(await idsIn(pair.fallback)).toEqual([]);
    await pair.adapter.close();
  });

  it.each([1, 100])(
    'and are on their way to a slow fallback when %i others have moved are waited for',
    async (count) => {
      const pair = new FailoverPair({ state: 'rejects' });
      const ids = await addMany(pair, count);
      let store: () => void = () => undefined;
      pair.fallbackSwitch.before = (method) =>
        method === 'add' && new Promise<void>((resolve) => (store = resolve));
      const slow = pair.adapter.add([{ id: 'slow', type: 'test', payload: null }]);
      await pair.giveBack();
      expect(await pair.adapter.health()).toMatchObject({ isDraining: true, waitingInFallback: 0 });
      store();
      await slow;
      await pair.clock.settle();
      const next = await pair.add();
      expect(await idsIn(pair.primary)).toEqual([...ids, 'slow', next]);
      await pair.adapter.close();
    },
  );

  it('and were tired of waiting for the last batch are still moved before those after them', async () => {
    const pair = new FailoverPair({ state: 'rejects', enqueueTimeout: 500 });
    await addMany(pair, 1);
    pair.primarySwitch.state = 'answers';
    await pair.clock.advance(999);
    // The last look at the fallback takes longer than an add waits at the gate.
    let looks = 0;
    pair.fallbackSwitch.after = (method) =>
      method === 'findJobs' &&
      ++looks === 2 &&
      new Promise<void>((resolve) => pair.clock.schedule(resolve, 700));
    await pair.clock.advance(1);
    let next: Promise<string> | undefined;
    const tired = pair.adapter.add([{ id: 'tired', type: 'test', payload: null }]);
    void tired.then(() => {
      next = pair.add({ id: 'next' });
    });
    await pair.clock.advance(10_000);
    await next;
    expect(await idsIn(pair.primary)).toEqual(['job-0', 'tired', 'next']);
    await pair.adapter.close();
  });

  it('faster than it can be done go to the primary before that, and none is lost', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const ids = await addMany(pair, 250);
    const adding: Promise<unknown>[] = [];
    let isUp = false;
    pair.adapter.on('failover:closed', () => {
      isUp = true;
    });
    // As many come as are moved.
    pair.primarySwitch.before = (method) => {
      if (method !== 'add' || isUp) return;
      const jobs = Array.from({ length: 100 }, (_, n) => ({
        id: `${adding.length}-${n}`,
        type: 'test',
        payload: null,
      }));
      ids.push(...jobs.map(({ id }) => id));
      adding.push(pair.adapter.add(jobs));
    };
    await pair.giveBack();
    await Promise.all(adding);
    expect(isUp).toBe(true);
    expect(ids.length).toBeGreaterThan(1_000);
    const stats = await pair.adapter.getStats();
    expect(stats.pending).toBe(ids.length);
    expect((await pair.fallback.getStats()).pending).toBe(0);
    expect(pair.announced.filter((each) => each === 'closed')).toHaveLength(1);
    await pair.adapter.close();
  });

  it('go to the primary itself when they come with the last of them', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const waited = await addMany(pair, 2);
    const asked = pair.fallbackSwitch.timesAsked('add');
    let adding: Promise<string> | undefined;
    // Adds are held back from the moment on in which less than a batch is left.
    pair.fallbackSwitch.before = (method) => {
      if (method === 'deleteJob') setImmediate(() => (adding ??= pair.add({ id: 'at the gate' })));
    };
    await pair.giveBack();
    await nextTurn();
    expect(await idsIn(pair.primary)).toEqual([...waited, await adding]);
    expect(pair.fallbackSwitch.timesAsked('add')).toBe(asked);
    await pair.adapter.close();
  });
});

describe('a process that dies while jobs move', () => {
  it.each<[string, (pair: FailoverPair, die: () => Promise<never>) => void]>([
    [
      'before the primary has them',
      ({ primarySwitch }, die) => {
        primarySwitch.before = (method) => method === 'add' && die();
      },
    ],
    [
      'after the primary has stored them, before it says so',
      ({ primarySwitch }, die) => {
        primarySwitch.before = (method) => {
          if (method !== 'add') return;
          primarySwitch.state = 'mute';
          setImmediate(die);
        };
      },
    ],
    [
      'after the primary has said so, before the fallback forgets them',
      ({ fallbackSwitch }, die) => {
        fallbackSwitch.before = (method) => method === 'deleteJob' && die();
      },
    ],
    [
      'while the fallback forgets them',
      ({ fallbackSwitch }, die) => {
        let deletes = 0;
        fallbackSwitch.before = (method) => {
          return method === 'deleteJob' && ++deletes >= 30 && die();
        };
      },
    ],
  ])('%s: the next one moves what is left, and each job is stored once, in order', async (_when, arrange) => {
    const before = new FailoverPair({ state: 'rejects' });
    const ids = await addMany(before, 150);
    let after: FailoverPair | undefined;
    arrange(before, () => {
      after ??= before.crash();
      return new Promise(() => undefined);
    });
    await before.giveBack();
    expect(after).toBeDefined();
    await after?.clock.advance(60_000);
    expect(await idsIn(before.primary)).toEqual(ids);
    expect(await idsIn(before.fallback)).toEqual([]);
    await after?.adapter.close();
  });
});

describe('when moving fails', () => {
  it('because the primary is lost again, the rest waits for the next time and nothing is announced', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const ids = await addMany(pair, 250);
    let batches = 0;
    pair.primarySwitch.before = (method) => {
      if (method === 'add' && ++batches === 2) pair.primarySwitch.state = 'rejects';
      if (pair.primarySwitch.state === 'rejects') throw pair.primarySwitch.error;
    };
    await pair.giveBack();
    expect(await pair.adapter.health()).toMatchObject({
      active: 'fallback',
      isDraining: false,
      waitingInFallback: 150,
      drained: 100,
    });
    expect(pair.announced).toHaveLength(1);
    const later = await pair.add();
    await pair.giveBack();
    expect(await idsIn(pair.primary)).toEqual([...ids, later]);
    expect(pair.announced.slice(1)).toEqual(['drained 251', 'closed']);
    await pair.adapter.close();
  });

  it('because the primary hangs, it waits callTimeout for it and goes on later', async () => {
    const pair = new FailoverPair({ state: 'rejects', callTimeout: 2_000, pingInterval: 1_000 });
    const id = await pair.add();
    pair.primarySwitch.before = (method) => method === 'add' && new Promise(() => undefined);
    pair.primarySwitch.state = 'answers';
    await pair.clock.advance(1_000);
    expect(await pair.adapter.health()).toMatchObject({ isDraining: true });
    await pair.clock.advance(2_000);
    expect(await pair.adapter.health()).toMatchObject({ isDraining: false, active: 'fallback' });
    pair.primarySwitch.before = () => undefined;
    await pair.giveBack();
    expect(await idsIn(pair.primary)).toEqual([id]);
    await pair.adapter.close();
  });

  it('because the fallback forgets nothing, the primary is used, the failure told, and it is tried again', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const ids = await addMany(pair, 3);
    pair.fallbackSwitch.before = (method) => {
      if (method === 'deleteJob') throw new Error('disk I/O error');
    };
    await pair.giveBack();
    expect(await pair.adapter.health()).toMatchObject({ active: 'primary', waitingInFallback: 3 });
    expect(pair.errors[0]).toMatchObject({ message: 'disk I/O error' });
    const next = await pair.add();
    expect(await idsIn(pair.primary)).toEqual([...ids, next]);
    pair.fallbackSwitch.before = () => undefined;
    await pair.clock.advance(5_000);
    expect(await pair.adapter.health()).toMatchObject({ waitingInFallback: 0 });
    expect(await idsIn(pair.primary)).toEqual([...ids, next]);
    await pair.adapter.close();
  });

  it('because the fallback cannot be read, new jobs go to the primary all the same', async () => {
    const pair = new FailoverPair();
    pair.fallbackSwitch.state = 'rejects';
    const id = await pair.add();
    expect(await idsIn(pair.primary)).toEqual([id]);
    expect(pair.announced).toEqual(['closed']);
    expect(pair.errors.length).toBeGreaterThan(0);
    await pair.adapter.close();
  });

  it('because the primary refuses one job, that one stays and the others move', async () => {
    const pair = new FailoverPair({ state: 'rejects', primaryOptions: { maxPayloadBytes: 100 } });
    const first = await pair.add();
    const large = await pair.add({ payload: 'x'.repeat(200) });
    const last = await pair.add();
    await pair.giveBack();
    expect(await idsIn(pair.primary)).toEqual([first, last]);
    expect(await idsIn(pair.fallback)).toEqual([large]);
    expect(pair.errors).toMatchObject([{ code: QueueErrorCode.QUEUE_PAYLOAD_TOO_LARGE }]);
    expect(await pair.adapter.health()).toMatchObject({ active: 'primary', waitingInFallback: 1 });
    expect((await pair.adapter.getJob(large))?.status).toBe('pending');
    await pair.lose();
    await pair.giveBack();
    expect(pair.errors, 'it is tried again after the next outage').toHaveLength(2);
    await pair.adapter.deleteJob(large);
    expect(await pair.adapter.health()).toMatchObject({ waitingInFallback: 0 });
    await pair.adapter.close();
  });

  it('because more jobs are refused than a batch holds, those behind them move', async () => {
    const pair = new FailoverPair({ state: 'rejects', primaryOptions: { maxPayloadBytes: 100 } });
    for (let index = 0; index < 130; index += 1) await pair.add({ payload: 'x'.repeat(200) });
    const good = await addMany(pair, 130);
    await pair.giveBack();
    expect(await idsIn(pair.primary)).toEqual(good);
    expect(await pair.adapter.health()).toMatchObject({ active: 'primary', waitingInFallback: 130 });
    await pair.adapter.close();
  });

  it('because the primary is full, the rest waits until it has room, and new jobs wait behind it', async () => {
    const pair = new FailoverPair({ state: 'rejects', primaryOptions: { maxJobs: 2 } });
    const ids = await addMany(pair, 3);
    await pair.giveBack();
    expect(await idsIn(pair.primary)).toEqual(ids.slice(0, 2));
    expect(await pair.adapter.health()).toMatchObject({ isDraining: true, waitingInFallback: 1 });
    const behind = await pair.add();
    expect(await pair.adapter.getStats()).toMatchObject({ pending: 4 });
    for (const id of ids.slice(0, 2)) await pair.adapter.deleteJob(id);
    await pair.clock.advance(1_000);
    expect(await idsIn(pair.primary)).toEqual([ids[2], behind]);
    expect(pair.announced.slice(1)).toEqual(['drained 4', 'closed']);
    await pair.adapter.close();
  });

  it('because the primary is full, and is then lost, the fallback is used alone', async () => {
    const pair = new FailoverPair({ state: 'rejects', primaryOptions: { maxJobs: 1 } });
    await addMany(pair, 2);
    await pair.giveBack();
    await pair.lose();
    expect(await pair.adapter.health()).toMatchObject({ active: 'fallback', isDraining: false });
    expect(await pair.adapter.getStats()).toMatchObject({ pending: 1 });
    await pair.adapter.close();
  });
});

describe('a command while its job moves', () => {
  it.each(['cancelJob', 'deleteJob'] as const)('%s takes effect where the job then is', async (command) => {
    const pair = new FailoverPair({ state: 'rejects' });
    const id = await pair.add();
    let commanding: Promise<unknown> | undefined;
    pair.primarySwitch.before = (method) => {
      if (method === 'add') commanding = pair.adapter[command](id);
    };
    await pair.giveBack();
    await commanding;
    const job = await pair.adapter.getJob(id);
    expect(job?.status).toBe(command === 'cancelJob' ? 'cancelled' : undefined);
    expect(await pair.adapter.getStats()).toMatchObject({ pending: 0 });
    await pair.adapter.close();
  });
});

describe('a job that was tried on the fallback', () => {
  it('moves with the retries that are left, and waits for its moment', async () => {
    const pair = new FailoverPair({ state: 'rejects', whileDown: 'work' });
    const worker = pair.adapter.work(() => Promise.reject(new Error('no')));
    const id = await pair.add({
      maxRetries: 3,
      backoff: { type: 'fixed', delay: 3_600_000, factor: 1, maxDelay: 3_600_000, jitter: 'none' },
    });
    await pair.clock.settle();
    const retrying = await pair.adapter.getJob(id);
    expect(retrying).toMatchObject({ status: 'retrying', attempts: 1 });
    await pair.giveBack();
    expect(await idsIn(pair.fallback)).toEqual([]);
    expect(await pair.primary.getJob(id)).toMatchObject({
      status: 'scheduled',
      attempts: 0,
      maxRetries: 2,
      scheduledFor: retrying?.nextRunAt,
    });
    await pair.inTime(worker.stop());
    await pair.adapter.close();
  });

  it('and failed there moves when it is retried by hand', async () => {
    const pair = new FailoverPair({ state: 'rejects', whileDown: 'work' });
    const worker = pair.adapter.work(() => {
      throw new NonRetryableError('no');
    });
    const id = await pair.add();
    await pair.clock.settle();
    await pair.inTime(worker.stop());
    await pair.giveBack();
    expect((await pair.fallback.getJob(id))?.status).toBe('failed');
    await pair.adapter.retryJob(id);
    await pair.clock.settle();
    expect(await idsIn(pair.fallback)).toEqual([]);
    expect((await pair.primary.getJob(id))?.status).toBe('pending');
    expect(pair.announced.at(-1)).toBe('drained 1');
    await pair.adapter.close();
  });
});

describe('whatever happens', () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('add' as const), jobs: fc.integer({ min: 1, max: 60 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('rejects', 'hangs', 'mute', 'answers') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('slow primary' as const), ms: fc.nat(6_000) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('slow fallback' as const), ms: fc.nat(700) }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ max: 3_000, min: 0 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  );

  it('every job whose add resolved is stored once in the end, behind those whose add had resolved before it was made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        let pair = new FailoverPair();
        const acknowledged: string[] = [];
        /** For each job, those it must come after. */
        const behind = new Map<string, readonly string[]>();
        for (const [index, each] of steps.entries()) {
          if (each.do === 'add') {
            const ids = Array.from({ length: each.jobs }, (_, n) => `${index}-${n}`);
            for (const [n, id] of ids.entries()) behind.set(id, [...acknowledged, ...ids.slice(0, n)]);
            // Not waited for: some are under way when the next step comes.
            void pair.adapter
              .add(ids.map((id) => ({ id, type: 'test', payload: null })))
              .then(() => acknowledged.push(...ids));
            await pair.clock.settle();
          } else if (each.do === 'wait') await pair.clock.advance(each.ms);
          else if (each.do === 'crash') pair = pair.crash();
          else if (each.do === 'slow primary') makeSlow(pair.primarySwitch, pair.clock, each.ms);
          else if (each.do === 'slow fallback') makeSlow(pair.fallbackSwitch, pair.clock, each.ms);
          else pair.primarySwitch.state = each.do;
        }
        makeSlow(pair.primarySwitch, pair.clock, 0);
        makeSlow(pair.fallbackSwitch, pair.clock, 0);
        await pair.giveBack();
        const stored = await idsIn(pair.primary);
        expect(await idsIn(pair.fallback)).toEqual([]);
        expect(new Set(stored).size).toBe(stored.length);
        expect(acknowledged.filter((id) => !stored.includes(id))).toEqual([]);
        const places = new Map(stored.map((id, place) => [id, place]));
        for (const [place, id] of stored.entries()) {
          const late = (behind.get(id) ?? []).filter((other) => (places.get(other) ?? 0) > place);
          expect(late, `jobs that ${id} must come after`).toEqual([]);
        }
        await pair.inTime(pair.adapter.close());
      }),
      { numRuns: 100 },
    );
  });
});
