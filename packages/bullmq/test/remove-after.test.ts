import { VirtualClock } from '@townkrier/core/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BullMqJobStore } from '../src/bullmq-job-store.ts';
import { jobToInsert } from './job-to-insert.ts';
import { Place } from './place.ts';
import { describeWithRedis } from './redis-url.ts';

const MINUTE = 60_000;

let place: Place;
let clock: VirtualClock;
let store: BullMqJobStore;

/** Lets time pass, and jobs go whose time is over: a mark among them, which goes last. */
async function passAndEvict(ms: number): Promise<void> {
  await clock.advance(ms);
  await store.insert([jobToInsert({ id: 'mark', removeAfter: 0 })]);
  await store.cancel('mark');
  await vi.waitFor(async () => {
    await store.evictFinished();
    expect(await store.get('mark')).toBeNull();
  });
}

async function keptIds(): Promise<string[]> {
  return (await store.find({ limit: 10, offset: 0, order: 'asc' })).jobs.map(({ id }) => id);
}

describeWithRedis('jobs with a removeAfter', () => {
  beforeEach(() => {
    place = new Place();
    clock = new VirtualClock(Date.now());
    store = place.openStore({ clock });
  });
  afterEach(() => place.close());

  it('go to the millisecond when it is over, or when their keyRetention is', async () => {
    await store.insert([
      jobToInsert({ id: 'brief', removeAfter: MINUTE }),
      jobToInsert({ id: 'held', removeAfter: MINUTE, keyRetention: 2 * MINUTE }),
      jobToInsert({ id: 'plain' }),
    ]);
    for (const id of ['brief', 'held', 'plain']) await store.cancel(id);
    await passAndEvict(MINUTE - 1);
    expect(await keptIds()).toEqual(['brief', 'held', 'plain']);
    await passAndEvict(1);
    expect(await keptIds()).toEqual(['held', 'plain']);
    await passAndEvict(MINUTE - 1);
    expect(await keptIds()).toEqual(['held', 'plain']);
    await passAndEvict(1);
    expect(await keptIds()).toEqual(['plain']);
  });

  it('leave nothing behind for a later job of the same id', async () => {
    await store.insert([jobToInsert({ id: 'twice', removeAfter: MINUTE })]);
    await store.cancel('twice');
    await store.remove('twice');
    await store.insert([jobToInsert({ id: 'twice' })]);
    await store.cancel('twice');
    await passAndEvict(MINUTE);
    expect(await keptIds()).toEqual(['twice']);
  });

  it('stay while they wait again, though the moment of their first end is over', async () => {
    await store.insert([jobToInsert({ id: 'again', removeAfter: MINUTE })]);
    await store.cancel('again');
    await store.retry('again');
    await passAndEvict(MINUTE);
    expect(await keptIds()).toEqual(['again']);
    await store.cancel('again');
    await passAndEvict(MINUTE);
    expect(await keptIds()).toEqual([]);
  });
});
