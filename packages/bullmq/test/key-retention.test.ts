import { VirtualClock } from '@townkrier/core/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BullMqJobStore } from '../src/bullmq-job-store.ts';
import { jobToInsert } from './job-to-insert.ts';
import { Place } from './place.ts';
import { describeWithRedis } from './redis-url.ts';

const HISTORY = 1_000;

let place: Place;
let clock: VirtualClock;
let store: BullMqJobStore;

/** Lets time pass, and old jobs go: those that ended before this one, which goes last. */
async function passAndEvict(ms: number): Promise<void> {
  await store.insert([jobToInsert({ id: 'last' })]);
  await store.cancel('last');
  await clock.advance(ms);
  await vi.waitFor(async () => {
    await store.evictFinished();
    expect(await store.get('last')).toBeNull();
  });
}

describeWithRedis('the history of jobs with a keyRetention', () => {
  beforeEach(() => {
    place = new Place();
    clock = new VirtualClock(Date.now());
    store = place.openStore({ clock, finishedMaxAge: HISTORY });
  });
  afterEach(() => place.close());

  it('begins when that is over, and does not keep the jobs behind it', async () => {
    await store.insert([jobToInsert({ id: 'retained', keyRetention: 60_000, idempotencyKey: 'webhook' })]);
    await store.cancel('retained');
    await passAndEvict(HISTORY + 1);
    await passAndEvict(59_999);
    const [kept] = await store.insert([jobToInsert({ id: 'again', idempotencyKey: 'webhook' })]);
    expect([kept?.job.id, kept?.isNew, kept?.job.keyRetention]).toEqual(['retained', false, 60_000]);
    await passAndEvict(HISTORY + 1);
    const [fresh] = await store.insert([jobToInsert({ id: 'again', idempotencyKey: 'webhook' })]);
    expect([fresh?.job.id, fresh?.isNew]).toEqual(['again', true]);
  });
});
