import { expect, test } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

test('time stands still until it is moved', async () => {
  const clock = new VirtualClock(1_000);
  expect(clock.now()).toBe(1_000);
  await clock.advance(500);
  expect(clock.now()).toBe(1_500);
  expect(clock.date).toEqual(new Date(1_500));
});

test('timers fire in the order they are due, each at its own moment', async () => {
  const clock = new VirtualClock(0);
  const fired: [string, number][] = [];
  clock.schedule(() => fired.push(['late', clock.now()]), 200);
  clock.schedule(() => fired.push(['early', clock.now()]), 100);
  clock.schedule(() => fired.push(['also early', clock.now()]), 100);
  clock.schedule(() => fired.push(['never', clock.now()]), 301);
  await clock.advance(300);
  expect(fired).toEqual([
    ['early', 100],
    ['also early', 100],
    ['late', 200],
  ]);
  expect(clock.pendingTimers).toBe(1);
  expect(clock.nextTimerAt).toBe(301);
});

test('a timer set by a timer or by a promise after it fires in the same span', async () => {
  const clock = new VirtualClock(0);
  const fired: number[] = [];
  clock.schedule(() => {
    void Promise.resolve().then(() => clock.schedule(() => fired.push(clock.now()), 50));
  }, 100);
  await clock.advance(200);
  expect(fired).toEqual([150]);
});

test('a cancelled timer does not fire, and cancelling again does nothing', async () => {
  const clock = new VirtualClock();
  let fired = 0;
  const timer = clock.schedule(() => {
    fired += 1;
  }, 10);
  timer.cancel();
  timer.cancel();
  await clock.advance(20);
  expect(fired).toBe(0);
  expect(clock.nextTimerAt).toBeNull();
});

test('advances made at the same time follow one another', async () => {
  const clock = new VirtualClock(0);
  await Promise.all([clock.advance(10), clock.advance(10)]);
  expect(clock.now()).toBe(20);
});

test('what a callback throws rejects the advance, and the clock still works', async () => {
  const clock = new VirtualClock(0);
  clock.schedule(() => {
    throw new Error('boom');
  }, 10);
  await expect(clock.advance(10)).rejects.toThrow('boom');
  await clock.advance(5);
  expect(clock.now()).toBe(15);
});

test('settle lets promises settle and fires what is due now', async () => {
  const clock = new VirtualClock(0);
  let fired = false;
  clock.schedule(() => {
    fired = true;
  }, -5);
  await clock.settle();
  expect(fired).toBe(true);
  expect(clock.now()).toBe(0);
});
