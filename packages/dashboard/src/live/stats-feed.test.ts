import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import type { Stats } from '../api-types.ts';
import { StatsFeed } from './stats-feed.ts';

const STATS: Stats = {
  queue: { pending: 0, processing: 0, completed: 0, failed: 0, retrying: 0, scheduled: 0, cancelled: 0 },
  notifications: { total: 0, sent: 0, delivered: 0, failed: 0, retrying: 0, byChannel: {}, byStatus: {} },
  timestamp: '2026-11-22T09:00:00.000Z',
};

function createFeed(load: () => Promise<Stats> = async () => STATS) {
  const clock = new VirtualClock(0);
  let loads = 0;
  const feed = new StatsFeed(() => {
    loads += 1;
    return load();
  }, clock);
  return { clock, feed, countLoads: () => loads };
}

describe('StatsFeed', () => {
  it('loads nothing while nobody listens, whatever happens', async () => {
    const { clock, feed, countLoads } = createFeed();
    feed.touch();
    await clock.advance(60_000);
    expect(countLoads()).toBe(0);
  });

  it('tells a new listener at once', async () => {
    const { clock, feed } = createFeed();
    const heard: Stats[] = [];
    feed.subscribe((stats) => heard.push(stats));
    await clock.advance(0);
    expect(heard).toEqual([STATS]);
  });

  it('loads at most once a second, however often something changes', async () => {
    const { clock, feed, countLoads } = createFeed();
    feed.subscribe(() => {});
    for (let elapsed = 0; elapsed < 3_000; elapsed += 10) {
      feed.touch();
      await clock.advance(10);
    }
    expect(countLoads()).toBeLessThanOrEqual(4);
    expect(countLoads()).toBeGreaterThanOrEqual(3);
  });

  it('loads once for all listeners', async () => {
    const { clock, feed, countLoads } = createFeed();
    const heard: string[] = [];
    feed.subscribe(() => heard.push('a'));
    feed.subscribe(() => heard.push('b'));
    await clock.advance(0);
    expect(heard).toEqual(['a', 'b']);
    expect(countLoads()).toBe(1);
  });

  it('looks by itself every five seconds, for changes of other processes', async () => {
    const { clock, feed, countLoads } = createFeed();
    feed.subscribe(() => {});
    await clock.advance(0);
    await clock.advance(4_999);
    expect(countLoads()).toBe(1);
    await clock.advance(1);
    expect(countLoads()).toBe(2);
  });

  it('goes on after a failed look', async () => {
    let isDown = true;
    const { clock, feed } = createFeed(async () => {
      if (isDown) throw new Error('down');
      return STATS;
    });
    const heard: Stats[] = [];
    feed.subscribe((stats) => heard.push(stats));
    await clock.advance(0);
    expect(heard).toEqual([]);
    isDown = false;
    await clock.advance(5_000);
    expect(heard).toEqual([STATS]);
  });

  it('stops when the last listener leaves', async () => {
    const { clock, feed, countLoads } = createFeed();
    const leave = feed.subscribe(() => {});
    await clock.advance(0);
    leave();
    await clock.advance(60_000);
    expect(countLoads()).toBe(1);
  });
});
