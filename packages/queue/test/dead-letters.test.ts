import { describe, expect, it } from 'vitest';
import { NonRetryableError } from '../src/errors.ts';
import { FailingDesk, shipParcel } from './failing-desk.ts';

describe('a dead letter', () => {
  it('is a job that failed for good, with what went wrong and how often it was tried', async () => {
    await using desk = new FailingDesk();
    const cause = new Error('no ink');
    desk.fault = () => new NonRetryableError('the printer said no', { code: 'PRINTER', cause });
    await desk.fail('a');
    const { total, isCut, deadLetters } = await desk.deadLetters.list();
    expect({ total, isCut }).toEqual({ total: 1, isCut: false });
    expect(deadLetters).toMatchObject([
      {
        jobId: 'a',
        queue: 'reports',
        type: 'report.build',
        name: 'report.build',
        owner: 'ada',
        tags: ['q1'],
        error: { code: 'PRINTER', message: 'the printer said no', causes: ['Error: no ink'] },
        payload: { version: 2, data: { month: '2026-01' } },
        attempts: 1,
        attemptLog: [{ outcome: 'failed' }],
        replays: 0,
        isReplayable: true,
      },
    ]);
    expect(deadLetters[0]?.error?.stack).toContain('dead-letters.test.ts');
    expect(deadLetters[0]?.failedAt).toBeInstanceOf(Date);
    expect(await desk.deadLetters.get('a')).toEqual(deadLetters[0]);
  });

  it('is no job that waits, was cancelled, is done or is not kept', async () => {
    await using desk = new FailingDesk();
    desk.fault = null;
    await desk.fail('done');
    await desk.queue.add(
      shipParcel,
      { to: 'Ada' },
      { id: 'waits', scheduledFor: new Date(desk.clock.now() + 1000) },
    );
    await desk.queue.add(
      shipParcel,
      { to: 'Ada' },
      { id: 'cancelled', scheduledFor: new Date(desk.clock.now() + 1000) },
    );
    await desk.queue.cancelJob('cancelled');
    expect((await desk.deadLetters.list()).total).toBe(0);
    for (const id of ['done', 'waits', 'cancelled']) {
      expect(await desk.deadLetters.get(id)).toBeNull();
      await expect(desk.deadLetters.replay(id)).rejects.toMatchObject({ code: 'QUEUE_JOB_STATE' });
      await expect(desk.deadLetters.delete(id)).rejects.toMatchObject({ code: 'QUEUE_JOB_STATE' });
    }
    expect(await desk.deadLetters.get('nobody')).toBeNull();
    await expect(desk.deadLetters.replay('nobody')).rejects.toMatchObject({ code: 'QUEUE_JOB_NOT_FOUND' });
    await expect(desk.deadLetters.delete('nobody')).rejects.toMatchObject({ code: 'QUEUE_JOB_NOT_FOUND' });
  });

  it('is gone once it is deleted', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a', 'b');
    await desk.deadLetters.delete('a');
    expect(await desk.queue.getJob('a')).toBeNull();
    expect((await desk.deadLetters.list()).total).toBe(1);
  });
});

describe('the list', () => {
  it('comes in pages, newest first unless asked otherwise', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a', 'b', 'c');
    const idsOf = async (search: Parameters<typeof desk.deadLetters.list>[0]) => {
      const { deadLetters, total } = await desk.deadLetters.list(search);
      return [total, ...deadLetters.map(({ jobId }) => jobId)];
    };
    expect(await idsOf({ limit: 2 })).toEqual([3, 'c', 'b']);
    expect(await idsOf({ limit: 2, offset: 2 })).toEqual([3, 'a']);
    expect(await idsOf({ order: 'asc' })).toEqual([3, 'a', 'b', 'c']);
    const { groups } = await desk.deadLetters.groups();
    expect(await idsOf({ group: groups[0]?.id, limit: 1, offset: 1 })).toEqual([3, 'b']);
    expect(await idsOf({ group: 'none' })).toEqual([0]);
  });

  it('is narrowed by queue, type, name, owner, tag, and whether one may be started again', async () => {
    await using desk = new FailingDesk({ maxReplays: 1 });
    await desk.fail('report');
    await desk.deadLetters.replay('report');
    await desk.queue.add(shipParcel, { to: 'Ada' }, { id: 'parcel', owner: 'bob' });
    await desk.clock.advance(10);
    const found = async (search: Parameters<typeof desk.deadLetters.list>[0]) =>
      (await desk.deadLetters.list(search)).deadLetters.map(({ jobId }) => jobId).join();
    expect(await found({ queue: 'reports' })).toBe('report');
    expect(await found({ type: 'parcel.ship' })).toBe('parcel');
    expect(await found({ name: 'report.build' })).toBe('report');
    expect(await found({ owner: 'bob' })).toBe('parcel');
    expect(await found({ tag: 'q1' })).toBe('report');
    expect(await found({ isReplayable: true })).toBe('parcel');
    expect(await found({ isReplayable: false })).toBe('report');
    expect(await found({ isReplayable: false, queue: 'default' })).toBe('');
  });

  it('refuses a condition it does not know, as everything would be selected without it', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    const wrong = { queue: undefined, groupId: 'x' };
    const refused = { code: 'CONFIG_INVALID', message: expect.stringContaining('groupId') };
    await expect(desk.deadLetters.list(wrong)).rejects.toMatchObject(refused);
    await expect(desk.deadLetters.groups(wrong)).rejects.toMatchObject(refused);
    await expect(desk.deadLetters.replayAll(wrong)).rejects.toMatchObject(refused);
    await expect(desk.deadLetters.confirmClear(wrong)).rejects.toMatchObject(refused);
    expect(await desk.statusOf('a')).toBe('failed');
  });

  it('takes its bounds', async () => {
    await using desk = new FailingDesk();
    await expect(desk.deadLetters.list({ limit: 1001 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(desk.deadLetters.list({ offset: -1 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(() => desk.open({ maxReplays: -1 })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

describe('the groups', () => {
  it('count jobs that failed for one reason, the most frequent first', async () => {
    await using desk = new FailingDesk();
    const start = desk.clock.now();
    desk.fault = (id) => new NonRetryableError(`invoice ${id} of "Ada" was refused`, { code: 'REFUSED' });
    await desk.fail('1', '20', '300');
    desk.fault = () => new NonRetryableError('no ink', { code: 'PRINTER' });
    await desk.fail('4');
    const { groups, isCut } = await desk.deadLetters.groups();
    expect(isCut).toBe(false);
    expect(groups).toMatchObject([
      {
        queue: 'reports',
        type: 'report.build',
        error: 'REFUSED',
        message: 'invoice # of "…" was refused',
        count: 3,
        oldest: new Date(start),
        newest: new Date(start + 20),
        exampleJobId: '300',
      },
      { error: 'PRINTER', message: 'no ink', count: 1, exampleJobId: '4' },
    ]);
    expect((await desk.deadLetters.groups({ queue: 'default' })).groups).toEqual([]);
    expect((await desk.deadLetters.get('20'))?.group).toBe(groups[0]?.id);
  });

  it('look at 10,000 jobs, and say when there are more', { timeout: 30_000 }, async () => {
    await using desk = new FailingDesk({}, { keepFailed: 20_000 });
    await desk.failMany(10_000);
    expect(await desk.deadLetters.groups()).toMatchObject({ isCut: false, groups: [{ count: 10_000 }] });
    await desk.fail('one more');
    expect(await desk.deadLetters.groups()).toMatchObject({
      isCut: true,
      groups: [{ count: 10_000, exampleJobId: 'one more' }],
    });
  });
});
