import { expect, it } from 'vitest';
import { build, MeasuredQueue } from './measured-queue.ts';

const MINUTE = 60_000;

/** A queue that does a job in ten seconds, and has done so for some minutes. */
async function openBusy(desk: MeasuredQueue) {
  const process = desk.open();
  process.queue.startProcessing({ concurrency: 1 });
  for (let n = 0; n < 40; n++) await process.queue.add(build, { ms: 10_000 });
  await desk.clock.advance(5 * MINUTE + 5_000);
  return process;
}

it('a job that waits has a place, and a time by how fast jobs ended lately', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = await openBusy(desk);
  const { id } = await queue.add(build, { ms: 10 });
  const position = await queue.position(id);
  expect(position?.ahead).toBe(9);
  // Ten have to end, ten seconds each.
  expect(position?.etaMs).toBeGreaterThan(90_000);
  expect(position?.etaMs).toBeLessThan(110_000);
});

it('a queue that was empty for hours was not slow', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = desk.open();
  queue.startProcessing({ concurrency: 1 });
  await queue.add(build, { ms: 10 });
  await desk.clock.advance(180 * MINUTE);
  for (let n = 0; n < 40; n++) await queue.add(build, { ms: 10_000 });
  await desk.clock.advance(2 * MINUTE + 5_000);
  const { id } = await queue.add(build, { ms: 10 });
  expect(await queue.position(id)).toMatchObject({ ahead: 27 });
  expect((await queue.position(id))?.etaMs).toBeLessThan(310_000);
});

it('a faster queue promises less time after some minutes', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = await openBusy(desk);
  const { id } = await queue.add(build, { ms: 10 });
  const before = (await queue.position(id))?.etaMs ?? 0;
  const { queue: helper } = desk.open();
  helper.startProcessing({ concurrency: 1 });
  await desk.clock.advance(40_000);
  const after = await queue.position(id);
  expect(after?.ahead).toBeLessThan(4);
  expect((after?.etaMs ?? 0) / ((after?.ahead ?? 0) + 1)).toBeLessThan(before / 10);
});

it('no time is told when nothing ended lately, or the queue pauses', async () => {
  await using desk = new MeasuredQueue();
  const { queue: onlooker } = desk.open();
  const { id } = await onlooker.add(build, { ms: 10 });
  expect(await onlooker.position(id)).toEqual({ ahead: 0, etaMs: null });
  const { queue } = await openBusy(desk);
  const last = await queue.add(build, { ms: 10 });
  await queue.queues.pause('builds', { until: new Date(desk.clock.now() + MINUTE) });
  expect(await queue.position(last.id)).toEqual({ ahead: expect.any(Number), etaMs: null });
  await queue.queues.resume('builds');
  expect((await queue.position(last.id))?.etaMs).toBeGreaterThan(0);
});

it('a job that runs, has ended, is not due or is not kept has no place', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = desk.open();
  const later = await queue.add(build, { ms: 10 }, { scheduledFor: new Date(desk.clock.now() + MINUTE) });
  queue.startProcessing();
  const { id } = await queue.add(build, { ms: 10 });
  await desk.clock.advance(5);
  expect(await queue.position(id)).toBeNull();
  await desk.clock.advance(5);
  expect(await queue.position(id)).toBeNull();
  expect(await queue.position(later.id)).toBeNull();
  expect(await queue.position('nobody')).toBeNull();
});

it('an adapter that cannot count refuses', async () => {
  await using desk = new MeasuredQueue();
  const { queue, adapter } = desk.open();
  Reflect.deleteProperty(adapter, 'countAhead');
  await expect(queue.position('a')).rejects.toMatchObject({ code: 'QUEUE_UNSUPPORTED' });
});
