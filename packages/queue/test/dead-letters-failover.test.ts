import { describe, expect, it } from 'vitest';
import { DeadLetters } from '../src/dead-letters/dead-letters.ts';
import { NonRetryableError } from '../src/errors.ts';
import { FailoverPair } from './failover-pair.ts';

/** A job that failed on each side; the primary is back. */
async function failedOnBothSides() {
  const pair = new FailoverPair({ whileDown: 'work' });
  const runs: string[] = [];
  const world = { isBroken: true };
  pair.adapter.work(({ job }) => {
    runs.push(job.id);
    if (world.isBroken) throw new NonRetryableError('refused');
    return undefined;
  });
  const primary = await pair.add({ id: 'of the primary' });
  await pair.clock.advance(10);
  await pair.lose();
  const fallback = await pair.add({ id: 'of the fallback' });
  await pair.clock.advance(10);
  await pair.giveBack();
  return {
    pair,
    runs,
    world,
    primary,
    fallback,
    deadLetters: new DeadLetters(pair.adapter, { clock: pair.clock }),
  };
}

describe('dead letters of a queue with a fallback', () => {
  it('are those of both sides', async () => {
    const { pair, deadLetters } = await failedOnBothSides();
    expect(await deadLetters.list()).toMatchObject({ total: 2 });
    expect(await deadLetters.groups()).toMatchObject({ groups: [{ count: 2, message: 'refused' }] });
    await pair.adapter.close();
  });

  it('are replayed on the side that has them, and as often as is allowed', async () => {
    const { pair, runs, world, primary, fallback, deadLetters } = await failedOnBothSides();
    const none = new DeadLetters(pair.adapter, { maxReplays: 0 });
    expect((await none.replayAll()).results.map(({ code }) => code)).toEqual([
      'QUEUE_REPLAY_LIMIT',
      'QUEUE_REPLAY_LIMIT',
    ]);
    world.isBroken = false;
    const { results } = await deadLetters.replayAll();
    expect(results.map(({ outcome }) => outcome)).toEqual(['replayed', 'replayed']);
    await pair.clock.advance(60_000);
    expect(await pair.adapter.getStats()).toMatchObject({ failed: 0, completed: 2 });
    expect(runs.toSorted()).toEqual([fallback, fallback, primary, primary]);
    await pair.adapter.close();
  });

  it('are deleted on the side that has them', async () => {
    const { pair, deadLetters } = await failedOnBothSides();
    const { token } = await deadLetters.confirmClear();
    expect(await deadLetters.clear(token)).toEqual({ deleted: 2, passedOver: 0 });
    expect(await deadLetters.list()).toMatchObject({ total: 0 });
    await pair.adapter.close();
  });
});
