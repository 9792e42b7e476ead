import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QueueErrorCode } from '../src/errors.ts';
import type { JobFilters } from '../src/queue-adapter.ts';
import { FailoverPair } from './failover-pair.ts';

/** One job on the primary, which then is lost, and one in the fallback. */
async function oneOnEachSide(pair: FailoverPair): Promise<{ primary: string; fallback: string }> {
  const primary = await pair.add({ id: 'in the primary' });
  await pair.lose();
  return { primary, fallback: await pair.add({ id: 'in the fallback' }) };
}

/** A job that ended in the fallback, and so stays there; the primary is back. */
async function oneEndedInFallback(pair: FailoverPair): Promise<string> {
  await pair.lose();
  const id = await pair.add({ id: 'ended in the fallback' });
  await pair.adapter.cancelJob(id);
  await pair.giveBack();
  return id;
}

const UNAVAILABLE = { code: QueueErrorCode.QUEUE_UNAVAILABLE };

describe('with the primary there', () => {
  it('a job is found on whichever side it is', async () => {
    const pair = new FailoverPair();
    const onPrimary = await pair.add();
    const inFallback = await oneEndedInFallback(pair);
    expect(await pair.adapter.getJob(onPrimary)).toMatchObject({ id: onPrimary, status: 'pending' });
    expect(await pair.adapter.getJob(inFallback)).toMatchObject({ id: inFallback, status: 'cancelled' });
    expect(await pair.adapter.getJob('nobody')).toBeNull();
    await pair.adapter.close();
  });

  it('the stats are the sum of both sides', async () => {
    const pair = new FailoverPair();
    await pair.add();
    await pair.adapter.cancelJob(await pair.add({ queue: 'mail' }));
    await oneEndedInFallback(pair);
    expect(await pair.adapter.getStats()).toEqual({
      pending: 1,
      scheduled: 0,
      processing: 0,
      retrying: 0,
      completed: 0,
      failed: 0,
      cancelled: 2,
    });
    expect(await pair.adapter.getStats('mail')).toMatchObject({ pending: 0, cancelled: 1 });
    await pair.adapter.close();
  });

  it('a command goes to the side that has the job', async () => {
    const pair = new FailoverPair();
    const onPrimary = await pair.add();
    const inFallback = await oneEndedInFallback(pair);
    expect((await pair.adapter.cancelJob(onPrimary)).status).toBe('cancelled');
    await pair.adapter.deleteJob(inFallback);
    await expect(pair.adapter.cancelJob(onPrimary)).rejects.toMatchObject({ code: 'QUEUE_JOB_STATE' });
    await expect(pair.adapter.deleteJob(inFallback)).rejects.toMatchObject({ code: 'QUEUE_JOB_NOT_FOUND' });
    expect((await pair.adapter.findJobs({})).total).toBe(1);
    await pair.adapter.close();
  });

  it('a job that moves is never missed', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const id = await pair.add();
    const seen: unknown[] = [];
    const look = async () => {
      seen.push((await pair.adapter.getJob(id))?.id, (await pair.adapter.findJobs({})).jobs[0]?.id);
      seen.push((await pair.adapter.getStats()).pending > 0 && id);
    };
    // A look starts at every step that either side is asked for, and goes on while the next ones are made.
    const looks: Promise<void>[] = [];
    for (const side of [pair.primarySwitch, pair.fallbackSwitch]) {
      side.before = (method) => {
        if (method === 'add' || method === 'deleteJob') looks.push(look());
      };
    }
    await pair.giveBack();
    await Promise.all(looks);
    expect(seen).toEqual(Array(6).fill(id));
    await pair.adapter.close();
  });

  it('every page of both sides is the page of all their jobs in the order of creation', async () => {
    const moves = fc.array(fc.record({ inFallback: fc.boolean(), later: fc.boolean(), ends: fc.boolean() }), {
      maxLength: 24,
    });
    await fc.assert(
      fc.asyncProperty(
        moves,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('asc' as const, 'desc' as const),
        async (jobs, limit, order) => {
          const pair = new FailoverPair();
          await pair.adapter.health();
          const all: string[] = [];
          for (const [index, { inFallback, later, ends }] of jobs.entries()) {
            const id = `${index}`;
            if (later) await pair.clock.advance(1);
            // Past the adapter: what is in the fallback has ended there, so it does not move.
            const side = inFallback ? pair.fallback : pair.primary;
            await side.add([{ id, type: 'test', payload: null }]);
            if (inFallback || ends) await side.cancelJob(id);
            if (inFallback || ends) all.push(id);
          }
          const filters: JobFilters = { status: 'cancelled', order, limit };
          const read: string[] = [];
          for (let offset = 0; offset <= all.length; offset += limit) {
            const page = await pair.adapter.findJobs({ ...filters, offset });
            expect(page.total).toBe(all.length);
            expect(page.jobs.length).toBe(Math.min(limit, all.length - offset));
            read.push(...page.jobs.map(({ id }) => id));
          }
          expect(read.toSorted()).toEqual(all.toSorted());
          const created = await Promise.all(read.map((id) => pair.adapter.getJob(id)));
          const moments = created.map((job) => job?.createdAt.getTime() ?? 0);
          const sorted = moments.toSorted((a, b) => (order === 'asc' ? a - b : b - a));
          expect(moments).toEqual(sorted);
          await pair.adapter.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a job that stands on both sides for a moment is shown and counted once', async () => {
    const pair = new FailoverPair();
    await pair.add({ id: 'both' });
    await pair.add({ id: 'other' });
    await pair.fallback.add([{ id: 'both', type: 'test', payload: null }]);
    const page = await pair.adapter.findJobs({ order: 'asc' });
    expect([page.total, page.jobs.map(({ id }) => id)]).toEqual([2, ['both', 'other']]);
    await pair.adapter.close();
  });

  it('asks the primary for no more than a page, however deep, when the fallback has few', async () => {
    const pair = new FailoverPair();
    await oneEndedInFallback(pair);
    await pair.adapter.add(Array.from({ length: 2_500 }, () => ({ type: 'test', payload: null })));
    const asked: unknown[] = [];
    pair.primarySwitch.before = (_method, filters) => asked.push(filters);
    const page = await pair.adapter.findJobs({ offset: 2_450, limit: 50, order: 'asc' });
    expect(page).toMatchObject({ total: 2_501 });
    expect(page.jobs).toHaveLength(50);
    expect(asked).toMatchObject([{ offset: 2_449, limit: 51 }]);
    await pair.adapter.close();
  });

  it('a wrong filter is refused before either side is asked', async () => {
    const pair = new FailoverPair();
    await expect(pair.adapter.findJobs({ limit: 0 })).rejects.toMatchObject({ code: 'QUEUE_JOB_INVALID' });
    expect(pair.primarySwitch.timesAsked('findJobs')).toBe(0);
    await pair.adapter.close();
  });
});

describe('with the primary away', () => {
  it('stats and lists are those of the fallback, and the primary is not asked', async () => {
    const pair = new FailoverPair();
    const ids = await oneOnEachSide(pair);
    const asked = pair.primarySwitch.asked.length;
    expect(await pair.adapter.getStats()).toMatchObject({ pending: 1 });
    const page = await pair.adapter.findJobs({});
    expect([page.total, page.jobs[0]?.id]).toEqual([1, ids.fallback]);
    expect((await pair.adapter.getJob(ids.fallback))?.id).toBe(ids.fallback);
    expect(pair.primarySwitch.asked.length).toBe(asked);
    await pair.adapter.close();
  });

  it('a job that only the primary may have is neither denied nor changed', async () => {
    const pair = new FailoverPair();
    const { primary } = await oneOnEachSide(pair);
    await expect(pair.adapter.getJob(primary)).rejects.toMatchObject(UNAVAILABLE);
    await expect(pair.adapter.retryJob(primary)).rejects.toMatchObject(UNAVAILABLE);
    await expect(pair.adapter.cancelJob(primary)).rejects.toMatchObject(UNAVAILABLE);
    await expect(pair.adapter.deleteJob('nobody')).rejects.toMatchObject(UNAVAILABLE);
    await pair.giveBack();
    expect((await pair.adapter.getJob(primary))?.status).toBe('pending');
    await pair.adapter.close();
  });

  it('a job in the fallback can be cancelled, retried and deleted', async () => {
    const pair = new FailoverPair();
    const { fallback } = await oneOnEachSide(pair);
    expect((await pair.adapter.cancelJob(fallback)).status).toBe('cancelled');
    expect((await pair.adapter.retryJob(fallback)).status).toBe('pending');
    await pair.adapter.deleteJob(fallback);
    await pair.giveBack();
    expect(await pair.adapter.getJob(fallback)).toBeNull();
    await pair.adapter.close();
  });

  it("what processes share is the primary's, in time or not at all", async () => {
    const pair = new FailoverPair({ callTimeout: 800, watchInterval: 60_000 });
    const { shared } = pair.adapter;
    const version = await pair.inTime(
      shared?.write({ key: 'a', value: 1, version: null }) ?? Promise.reject(),
    );
    expect(await pair.primary.shared?.read('a')).toEqual({ key: 'a', value: 1, version });
    expect(await pair.fallback.shared?.read('a')).toBeNull();
    pair.primarySwitch.state = 'hangs';
    const refused = expect(shared?.list('')).rejects.toMatchObject(UNAVAILABLE);
    await pair.clock.advance(800);
    await refused;
    pair.primarySwitch.state = 'answers';
    expect(await shared?.list('')).toHaveLength(1);
    await pair.adapter.close();
  });

  it('a read of a primary that hangs is answered by the fallback after callTimeout at most', async () => {
    const pair = new FailoverPair({ callTimeout: 800, watchInterval: 60_000 });
    await oneEndedInFallback(pair);
    pair.primarySwitch.state = 'hangs';
    const reads = [
      pair.adapter.getStats(),
      pair.adapter.findJobs({}),
      pair.adapter.getJob('ended in the fallback'),
    ];
    const commands = [pair.adapter.cancelJob('other'), pair.adapter.getJob('other')];
    const refused = commands.map((command) => expect(command).rejects.toMatchObject(UNAVAILABLE));
    await pair.clock.advance(800);
    expect(await Promise.all(reads)).toMatchObject([
      { cancelled: 1 },
      { total: 1 },
      { id: 'ended in the fallback' },
    ]);
    await Promise.all(refused);
    await pair.adapter.close();
  });

  it('reads without an answer are misses like pings', async () => {
    const pair = new FailoverPair({ failuresToOpen: 3, watchInterval: 60_000, pingInterval: 60_000 });
    await pair.clock.settle();
    pair.primarySwitch.state = 'rejects';
    for (let time = 0; time < 2; time += 1) await pair.adapter.getStats();
    expect(await pair.adapter.health()).toMatchObject({ active: 'primary' });
    await pair.adapter.getStats();
    expect(await pair.adapter.health()).toMatchObject({ active: 'fallback' });
    await pair.adapter.close();
  });

  it('an error of the primary that is about the question is thrown, and is no miss', async () => {
    const pair = new FailoverPair({ failuresToOpen: 1 });
    await expect(pair.adapter.cancelJob('nobody')).rejects.toMatchObject({ code: 'QUEUE_JOB_NOT_FOUND' });
    expect(await pair.adapter.health()).toMatchObject({ active: 'primary', lastError: null });
    await pair.adapter.close();
  });
});
