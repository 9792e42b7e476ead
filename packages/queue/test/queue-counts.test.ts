import { expect, it } from 'vitest';
import { build, MeasuredQueue } from './measured-queue.ts';

it('a hundred who ask at once, and a hundred who ask soon after, cost one read', async () => {
  await using desk = new MeasuredQueue();
  const { queue, adapter } = desk.open();
  const ask = () => Promise.all(Array.from({ length: 100 }, () => queue.getQueueStats('builds')));
  const answers = await ask();
  await desk.clock.advance(999);
  answers.push(...(await ask()));
  expect(adapter.statsRead).toBe(1);
  expect(new Set(answers.map(({ counts }) => counts)).size).toBe(1);
  await desk.clock.advance(1);
  await ask();
  expect(adapter.statsRead).toBe(2);
});

it('each queue, and all together, is read for itself', async () => {
  await using desk = new MeasuredQueue();
  const { queue, adapter } = desk.open();
  await queue.add(build, { ms: 10 });
  const [all, builds, mail] = await Promise.all([
    queue.getQueueStats(),
    queue.getQueueStats('builds'),
    queue.getQueueStats('mail'),
  ]);
  expect([all, builds, mail].map((one) => [one.queue, one.counts.pending])).toEqual([
    [null, 1],
    ['builds', 1],
    ['mail', 0],
  ]);
  expect(adapter.statsRead).toBe(3);
});

it('what is done to a job here is seen at once', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = desk.open();
  const countsOf = async () => (await queue.getQueueStats('builds')).counts;
  expect(await countsOf()).toMatchObject({ pending: 0 });
  const { id } = await queue.add(build, { ms: 10 });
  expect(await countsOf()).toMatchObject({ pending: 1 });
  await queue.cancelJob(id);
  expect(await countsOf()).toMatchObject({ pending: 0, cancelled: 1 });
  await queue.retryJob(id);
  expect(await countsOf()).toMatchObject({ pending: 1, cancelled: 0 });
  queue.startProcessing();
  await desk.clock.advance(5);
  expect(await countsOf()).toMatchObject({ pending: 0, processing: 1 });
  await desk.clock.advance(5);
  expect(await countsOf()).toMatchObject({ processing: 0, completed: 1 });
  await queue.deleteJob(id);
  expect(await countsOf()).toMatchObject({ completed: 0 });
});

it('a count that was under way when a job changed is not given to who asks later', async () => {
  await using desk = new MeasuredQueue();
  const { queue, adapter } = desk.open();
  const early = queue.getQueueStats('builds');
  await queue.add(build, { ms: 10 });
  expect((await queue.getQueueStats('builds')).counts.pending).toBe(1);
  await early;
  expect((await queue.getQueueStats('builds')).counts.pending).toBe(1);
  expect(adapter.statsRead).toBe(2);
});

it('a change in one queue lets the counts of others be', async () => {
  await using desk = new MeasuredQueue();
  const { queue, adapter } = desk.open();
  await queue.getQueueStats('mail');
  await queue.add(build, { ms: 10 });
  await queue.getQueueStats('mail');
  expect(adapter.statsRead).toBe(1);
});

it('a read that failed is not kept', async () => {
  await using desk = new MeasuredQueue();
  const { queue, adapter } = desk.open();
  adapter.fault = new Error('no');
  await expect(queue.getQueueStats()).rejects.toThrow('no');
  adapter.fault = null;
  expect((await queue.getQueueStats()).counts.completed).toBe(0);
});

it('a ttl of 0 reads for everybody who does not ask at the same time', async () => {
  await using desk = new MeasuredQueue();
  const { queue, adapter } = desk.open({ statsTtl: 0 });
  await Promise.all([queue.getQueueStats(), queue.getQueueStats()]);
  await queue.getQueueStats();
  expect(adapter.statsRead).toBe(2);
});
