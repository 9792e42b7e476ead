import { describe, expect, it } from 'vitest';
import { FailingDesk } from './failing-desk.ts';

const INVALID = { code: 'QUEUE_CONFIRMATION_INVALID' };

describe('a clear', () => {
  it('deletes in two steps what the first has counted', async () => {
    await using desk = new FailingDesk();
    const ids = await desk.failMany(120);
    const { token, count, isCut, expiresAt } = await desk.deadLetters.confirmClear();
    expect({ count, isCut }).toEqual({ count: 120, isCut: false });
    expect(expiresAt).toEqual(new Date(desk.clock.now() + 60_000));
    expect((await desk.queue.getStats()).failed).toBe(ids.length);
    expect(await desk.deadLetters.clear(token)).toEqual({ deleted: 120, passedOver: 0 });
    expect((await desk.queue.getStats()).failed).toBe(0);
  });

  it('leaves what failed since, was started again since, or failed again since', async () => {
    await using desk = new FailingDesk();
    await desk.fail('gone', 'started', 'again', 'deleted');
    const { token } = await desk.deadLetters.confirmClear();
    await desk.fail('later');
    await desk.deadLetters.replay('again');
    await desk.clock.advance(10);
    desk.fault = null;
    await desk.deadLetters.replay('started');
    await desk.deadLetters.delete('deleted');
    expect(await desk.deadLetters.clear(token)).toEqual({ deleted: 1, passedOver: 3 });
    expect(await desk.statusOf('gone')).toBeUndefined();
    expect(await desk.statusOf('started')).toBe('completed');
    expect(await desk.statusOf('again')).toBe('failed');
    expect(await desk.statusOf('later')).toBe('failed');
  });

  it('leaves what the selection leaves', async () => {
    await using desk = new FailingDesk({ maxReplays: 1 });
    await desk.fail('a', 'b');
    await desk.deadLetters.replay('a');
    await desk.clock.advance(10);
    const { token, count } = await desk.deadLetters.confirmClear({ isReplayable: false });
    expect(count).toBe(1);
    await desk.deadLetters.clear(token);
    expect(await desk.deadLetters.get('a')).toBeNull();
    expect(await desk.deadLetters.get('b')).not.toBeNull();
  });

  it('is good once, also of two at once', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    const { token } = await desk.deadLetters.confirmClear();
    const outcomes = await Promise.allSettled([desk.deadLetters.clear(token), desk.deadLetters.clear(token)]);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: { deleted: 1 } },
      { status: 'rejected', reason: INVALID },
    ]);
  });

  it('is good for a minute, and not a millisecond longer', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    const early = await desk.deadLetters.confirmClear();
    await desk.clock.advance(1);
    const late = await desk.deadLetters.confirmClear();
    await desk.clock.advance(59_999);
    await expect(desk.deadLetters.clear(early.token)).rejects.toMatchObject(INVALID);
    expect(await desk.deadLetters.get('a')).not.toBeNull();
    expect(await desk.deadLetters.clear(late.token)).toEqual({ deleted: 1, passedOver: 0 });
  });

  it('is refused with a token nobody was given', async () => {
    await using desk = new FailingDesk();
    await desk.fail('a');
    await desk.deadLetters.confirmClear();
    await expect(desk.deadLetters.clear('')).rejects.toMatchObject(INVALID);
    await expect(desk.deadLetters.clear('guessed')).rejects.toMatchObject(INVALID);
    expect(await desk.deadLetters.get('a')).not.toBeNull();
  });

  it('keeps the newest twenty confirmations', async () => {
    await using desk = new FailingDesk();
    const tokens: string[] = [];
    for (let i = 0; i < 21; i++) tokens.push((await desk.deadLetters.confirmClear()).token);
    await expect(desk.deadLetters.clear(tokens[0] ?? '')).rejects.toMatchObject(INVALID);
    for (const token of tokens.slice(1)) await desk.deadLetters.clear(token);
  });
});
