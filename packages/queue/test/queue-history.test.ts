import { expect, it } from 'vitest';
import { InMemoryQueueAdapter } from '../src/in-memory/in-memory-queue-adapter.ts';
import { QueueManager } from '../src/queue-manager.ts';
import { build, MeasuredQueue } from './measured-queue.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

it('says how many ended, how many failed, and how long jobs waited and ran', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = desk.open();
  for (let n = 1; n <= 100; n++) await queue.add(build, { ms: n * 10, fails: n % 10 === 0 });
  await desk.clock.advance(2_000);
  queue.startProcessing({ concurrency: 100 });
  await desk.clock.advance(MINUTE - 2_000);
  const { history } = await queue.getQueueStats('builds');
  expect(history).toMatchObject({
    scope: 'backend',
    step: MINUTE,
    total: { completed: 90, failed: 10, retried: 0, failureRate: 0.1 },
  });
  const { runMs, waitMs } = history?.total ?? {};
  const within5 = (exact: number) => [expect.closeTo(exact, -Math.log10(exact * 0.1))];
  expect([runMs?.p50]).toEqual(within5(500));
  expect([runMs?.p95]).toEqual(within5(950));
  expect([runMs?.p99]).toEqual(within5(990));
  expect([waitMs?.p50]).toEqual(within5(2_000));
  expect(history?.steps.find(({ at }) => at.getTime() === Date.UTC(2026, 0, 10, 12))?.completed).toBe(90);
  expect(history?.steps.reduce((sum, { completed }) => sum + completed, 0)).toBe(90);
  expect((await queue.getQueueStats('mail')).history?.total).toMatchObject({
    completed: 0,
    perMinute: 0,
    failureRate: null,
    runMs: null,
    waitMs: null,
  });
  expect((await queue.getQueueStats()).history?.total).toEqual(history?.total);
});

it('a retry counts as one, and its wait starts when it could', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = desk.open();
  queue.startProcessing();
  const options = { retries: 1, backoff: { type: 'fixed', delay: HOUR } as const };
  await queue.add(build, { ms: 100, fails: true }, options);
  await desk.clock.advance(HOUR + 1_000);
  const { total } =
    (await queue.getQueueStats('builds', { from: new Date(desk.clock.now() - 3 * HOUR) })).history ?? {};
  expect(total).toMatchObject({ completed: 0, failed: 1, retried: 1 });
  expect(total?.waitMs?.p99).toBeLessThan(100);
});

it('a job that was started again by hand did not wait since it failed', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = desk.open();
  queue.startProcessing();
  const { id } = await queue.add(build, { ms: 100, fails: true });
  await desk.clock.advance(DAY);
  await queue.retryJob(id);
  await desk.clock.advance(1_000);
  const { total } = (await queue.getQueueStats('builds')).history ?? {};
  expect(total).toMatchObject({ failed: 1, waitMs: { p99: 0 } });
});

it('the counts of all processes are added up, ten seconds after a job ended at the latest', async () => {
  await using desk = new MeasuredQueue();
  const workers = [desk.open(), desk.open(), desk.open()];
  const { queue: onlooker } = desk.open({ statistics: false });
  for (const { queue } of workers) queue.startProcessing({ concurrency: 1 });
  for (let n = 0; n < 30; n++) await onlooker.add(build, { ms: 10 });
  await desk.clock.advance(9_999);
  const completed = async () => (await onlooker.getQueueStats('builds')).history?.total.completed;
  expect(await completed()).toBe(0);
  await desk.clock.advance(1_001);
  expect(await completed()).toBe(30);
  expect((await onlooker.getQueueStats('builds')).counts.completed).toBe(30);
});

it('who runs jobs himself sees them at once, and closing keeps the last of them', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = desk.open();
  queue.startProcessing();
  await queue.add(build, { ms: 10 });
  await desk.clock.advance(10);
  expect((await queue.getQueueStats('builds')).history?.total.completed).toBe(1);
  await queue.add(build, { ms: 10 });
  await desk.clock.advance(10);
  const entriesBefore = await desk.store.shared.list('metrics:minute:builds:');
  await queue.close();
  const [before, after] = [entriesBefore, await desk.store.shared.list('metrics:minute:builds:')];
  expect([before[0]?.value, after[0]?.value]).toMatchObject([{ completed: 1 }, { completed: 2 }]);
});

it('what the store did not take is added once it does, and told meanwhile', async () => {
  await using desk = new MeasuredQueue();
  const { queue, adapter, errors } = desk.open();
  const { queue: onlooker } = desk.open();
  queue.startProcessing();
  adapter.isAway = true;
  for (let n = 0; n < 5; n++) {
    await queue.add(build, { ms: 10 });
    await desk.clock.advance(30_000);
  }
  expect(errors.length).toBeGreaterThan(3);
  adapter.isAway = false;
  await desk.clock.advance(10_000);
  expect((await onlooker.getQueueStats('builds')).history?.total.completed).toBe(5);
});

it('while what processes share cannot be read there are counts, and no history', async () => {
  await using desk = new MeasuredQueue();
  const { queue, adapter } = desk.open({ statsTtl: 0 });
  const { id } = await queue.add(build, { ms: 10 });
  adapter.isAway = true;
  expect(await queue.getQueueStats('builds')).toMatchObject({ counts: { pending: 1 }, history: null });
  expect(await queue.position(id)).toEqual({ ahead: 0, etaMs: null });
  adapter.isAway = false;
  expect((await queue.getQueueStats('builds')).history?.total.completed).toBe(0);
});

it('of processes that add at the same moment none is lost', async () => {
  await using desk = new MeasuredQueue();
  const workers = Array.from({ length: 8 }, () => desk.open());
  for (const { queue } of workers) queue.startProcessing({ concurrency: 1 });
  const { queue: onlooker } = desk.open({ statistics: false });
  for (let n = 0; n < 40; n++) await onlooker.add(build, { ms: 10 });
  await desk.clock.advance(100);
  await Promise.all(workers.map(({ queue }) => queue.close()));
  const written = await desk.store.shared.list('metrics:minute:builds:');
  expect(written.map(({ value }) => value)).toMatchObject([{ completed: 40 }]);
});

it('a job that failed because its worker died counts, but took no time that is known', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = desk.open();
  await queue.add(build, { ms: 10 });
  await desk.store.heartbeat('dead', 1_000);
  await desk.store.claim({ workerId: 'dead', limit: 1 });
  queue.startProcessing();
  await desk.clock.advance(5 * MINUTE);
  const { total } = (await queue.getQueueStats('builds')).history ?? {};
  expect(total).toMatchObject({ failed: 1, runMs: null, waitMs: null });
});

it('nothing is written and no timer runs while no job ends', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = desk.open();
  await queue.add(build, { ms: 10 });
  const timers = desk.clock.pendingTimers;
  await desk.clock.advance(HOUR);
  expect(desk.clock.pendingTimers).toBe(timers);
  expect(await desk.store.shared.list('metrics:')).toEqual([]);
});

it('keeps minutes for a day and hours for thirty, and no more', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = desk.open();
  const keys = async (grain: string) =>
    (await desk.store.shared.list(`metrics:${grain}:builds:`)).map(({ key }) => key);
  const run = async () => {
    queue.startProcessing();
    await queue.add(build, { ms: 10 });
    await desk.clock.advance(10_010);
    await queue.stopProcessing();
  };
  await run();
  await desk.clock.advance(DAY - HOUR);
  await run();
  expect(await keys('minute')).toEqual([
    'metrics:minute:builds:2026-01-10T12:00',
    'metrics:minute:builds:2026-01-11T11:00',
  ]);
  await desk.clock.advance(6 * HOUR);
  await run();
  expect(await keys('minute')).toHaveLength(2);
  expect(await keys('hour')).toEqual(
    ['2026-01-10T12', '2026-01-11T11', '2026-01-11T17'].map((hour) => `metrics:hour:builds:${hour}`),
  );
  await desk.clock.advance(30 * DAY);
  await run();
  expect(await keys('hour')).toEqual(['metrics:hour:builds:2026-02-10T17']);
  expect(await keys('minute')).toEqual(['metrics:minute:builds:2026-02-10T17:00']);
});

it('a range that begins more than a day ago is told by the hour', async () => {
  await using desk = new MeasuredQueue();
  const { queue } = desk.open();
  queue.startProcessing();
  for (let day = 0; day < 3; day++) {
    await queue.add(build, { ms: 10 });
    await desk.clock.advance(DAY);
  }
  const { history } = await queue.getQueueStats('builds', { from: new Date(0), step: DAY });
  expect(history?.steps.filter(({ completed }) => completed > 0).map(({ at }) => at.toISOString())).toEqual([
    '2026-01-10T00:00:00.000Z',
    '2026-01-11T00:00:00.000Z',
    '2026-01-12T00:00:00.000Z',
  ]);
  expect(history?.steps).toHaveLength(31);
  const minutes = { from: new Date(desk.clock.now() - 2 * DAY), step: MINUTE };
  await expect(queue.getQueueStats('builds', minutes)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

it('names of queues that begin alike, or hold a moment, are kept apart', async () => {
  await using desk = new MeasuredQueue();
  const { queue, adapter } = desk.open();
  queue.startProcessing();
  const odd = ['a', 'a:b', 'a:2026-01-10T12:00', 'a:2026-01-10T12:00:b', ''].map((name) => `builds${name}`);
  for (const [n, name] of odd.entries()) {
    for (let i = 0; i <= n; i++)
      await adapter.add([{ queue: name, type: build.name, payload: build.store({ ms: 1 }) }]);
  }
  await desk.clock.advance(20_000);
  const completed = odd.map(async (name) => (await queue.getQueueStats(name)).history?.total.completed);
  expect(await Promise.all(completed)).toEqual([1, 2, 3, 4, 5]);
  expect((await queue.getQueueStats()).history?.total.completed).toBe(15);
});

it('where processes share nothing it is the history of this process, if it counts', async () => {
  const { clock } = new MeasuredQueue();
  const alone = () => {
    const adapter = new InMemoryQueueAdapter({ clock });
    Reflect.deleteProperty(adapter, 'shared');
    return adapter;
  };
  await using counting = new QueueManager(alone(), undefined, { clock, statistics: true });
  await using idle = new QueueManager(alone(), undefined, { clock });
  counting.handle(build, () => undefined);
  counting.startProcessing();
  await counting.add(build, { ms: 0 });
  await clock.advance(1);
  const { history } = await counting.getQueueStats('builds');
  expect(history).toMatchObject({ scope: 'process', total: { completed: 1 } });
  expect((await idle.getQueueStats('builds')).history).toBeNull();
});
