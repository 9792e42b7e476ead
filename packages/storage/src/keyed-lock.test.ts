import { describe, expect, it } from 'vitest';
import { KeyedLock } from './keyed-lock.ts';

describe('a lock by key', () => {
  it('runs the work of one key in the order it was asked for', async () => {
    const lock = new KeyedLock();
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} starts`);
      await Promise.resolve();
      order.push(`${name} ends`);
    };
    await Promise.all([lock.run('key', work('a')), lock.run('key', work('b'))]);
    expect(order).toEqual(['a starts', 'a ends', 'b starts', 'b ends']);
  });

  it('does not let other keys wait', async () => {
    const lock = new KeyedLock();
    void lock.run('slow', () => new Promise(() => {}));
    expect(await lock.run('other', async () => 'done')).toBe('done');
  });

  it('goes on after work that failed, which only its caller hears of', async () => {
    const lock = new KeyedLock();
    const failing = lock.run('key', async () => {
      throw new Error('first');
    });
    const next = lock.run('key', async () => 'second');
    await expect(failing).rejects.toThrow('first');
    expect(await next).toBe('second');
  });
});
