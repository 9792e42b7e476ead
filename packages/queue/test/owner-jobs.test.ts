import { expect, it } from 'vitest';
import type { OwnerJobs } from '../src/owner/owner-jobs.ts';
import { build, MeasuredQueue } from './measured-queue.ts';

/** Every method that is given an id. */
const METHODS = [
  'get',
  'status',
  'position',
  'logs',
  'cancel',
  'retry',
] as const satisfies (keyof OwnerJobs)[];

async function openDesk(desk: MeasuredQueue) {
  const { queue, adapter } = desk.open();
  await queue.add(build, { ms: 10 }, { id: 'ada-1', owner: 'ada' });
  await queue.add(build, { ms: 10 }, { id: 'bob-1', owner: 'bob' });
  await queue.add(build, { ms: 10 }, { id: 'nobodys' });
  return { queue, adapter, ada: queue.forOwner('ada'), bob: queue.forOwner('bob') };
}

it.each(METHODS)(
  '%s of a job of somebody else, of nobody or of none is told that there is no such job',
  async (method) => {
    await using desk = new MeasuredQueue();
    const { ada, queue } = await openDesk(desk);
    const answers: unknown[] = [];
    for (const id of ['bob-1', 'nobodys', 'no-job']) {
      const error: unknown = await ada[method](id).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'QUEUE_JOB_NOT_FOUND' });
      answers.push(error instanceof Error && error.message.replace(id, 'ID'));
    }
    expect(new Set(answers).size).toBe(1);
    expect((await queue.getJob('bob-1'))?.status).toBe('pending');
  },
);

it('the list is of their own jobs, whatever is asked for', async () => {
  await using desk = new MeasuredQueue();
  const { ada, bob } = await openDesk(desk);
  const ids = async (jobs: OwnerJobs, filters: object = {}) => {
    const page = await jobs.jobs(filters);
    return [page.total, ...page.jobs.map(({ jobId }) => jobId)];
  };
  expect(await ids(ada)).toEqual([1, 'ada-1']);
  expect(await ids(bob, { owner: 'ada' })).toEqual([1, 'bob-1']);
  expect(await ids(ada, { owner: undefined })).toEqual([1, 'ada-1']);
  expect(await ids(ada, { status: 'failed' })).toEqual([0]);
});

it.each([undefined, null, '', 17])('an owner of %o is refused', async (owner) => {
  await using desk = new MeasuredQueue();
  const { queue } = desk.open();
  expect(() => Reflect.apply(queue.forOwner, queue, [owner])).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  );
});

it('a status says how the job stands and where it waits, and neither payload nor stack', async () => {
  await using desk = new MeasuredQueue();
  const { ada, bob, queue } = await openDesk(desk);
  expect(await bob.status('bob-1')).toMatchObject({
    jobId: 'bob-1',
    status: 'pending',
    position: { ahead: 1, etaMs: null },
    error: null,
    endedAt: null,
  });
  expect(await bob.position('bob-1')).toEqual({ ahead: 1, etaMs: null });
  await queue.add(build, { ms: 10, fails: true }, { id: 'ada-2', owner: 'ada' });
  queue.startProcessing();
  await desk.clock.advance(10);
  const status = await ada.status('ada-2');
  expect(status).toMatchObject({ status: 'failed', position: null, error: { message: 'the build failed' } });
  expect(status.endedAt).toEqual(desk.clock.date);
  expect(JSON.stringify([status, await ada.jobs()])).not.toMatch(/stack|payload|measured-queue/);
  expect((await ada.get('ada-2')).payload).toMatchObject({ data: { fails: true } });
});

it('an adapter that cannot tell positions tells all else', async () => {
  await using desk = new MeasuredQueue();
  const { adapter, ada } = await openDesk(desk);
  Reflect.deleteProperty(adapter, 'countAhead');
  expect(await ada.status('ada-1')).toMatchObject({ status: 'pending', position: null });
  expect(await ada.position('ada-1')).toBeNull();
});

it('they cancel and retry their own', async () => {
  await using desk = new MeasuredQueue();
  const { ada, queue } = await openDesk(desk);
  expect(await ada.cancel('ada-1')).toMatchObject({ jobId: 'ada-1', status: 'cancelled' });
  await expect(ada.cancel('ada-1')).rejects.toMatchObject({ code: 'QUEUE_JOB_STATE' });
  for (let replay = 0; replay < 5; replay++) {
    expect(await ada.retry('ada-1')).toMatchObject({ status: 'pending' });
    await ada.cancel('ada-1');
  }
  await expect(ada.retry('ada-1')).rejects.toMatchObject({ code: 'QUEUE_REPLAY_LIMIT' });
  expect((await queue.getJob('bob-1'))?.status).toBe('pending');
});

it('they read what their job logged', async () => {
  await using desk = new MeasuredQueue();
  const { ada, adapter } = await openDesk(desk);
  adapter.work(async ({ job, log }) => {
    await log(`building for ${job.owner}`);
    return null;
  });
  await desk.clock.advance(10);
  expect(await ada.logs('ada-1')).toMatchObject([{ attempt: 1, message: 'building for ada' }]);
});
