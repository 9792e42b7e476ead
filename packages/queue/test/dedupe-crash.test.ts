import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { UniqueAdds } from '../src/dedupe/unique-adds.ts';
import { ForwardingQueueAdapter } from '../src/forwarding-queue-adapter.ts';
import { InMemoryQueueAdapter } from '../src/in-memory/in-memory-queue-adapter.ts';
import type { QueueJob } from '../src/job.ts';
import type { NewJob } from '../src/queue-adapter.ts';

type Step = 'add' | 'delete';

/** The adapter of a process that dies at a step: before it is done, or when it is done and nobody has heard of it. */
class DyingAdapter extends ForwardingQueueAdapter {
  #dies: { readonly at: Step; readonly when: 'before' | 'after' } | null = null;

  dieAt(at: Step, when: 'before' | 'after'): void {
    this.#dies = { at, when };
  }

  override add(jobs: readonly NewJob[]): Promise<QueueJob[]> {
    return this.#step('add', () => super.add(jobs));
  }

  override deleteJob(id: string): Promise<void> {
    return this.#step('delete', () => super.deleteJob(id));
  }

  async #step<Result>(at: Step, run: () => Promise<Result>): Promise<Result> {
    if (this.#dies?.at !== at) return run();
    if (this.#dies.when === 'after') await run();
    throw new Error('the process died');
  }
}

/** An adapter whose next add waits for a word. */
class SlowAdapter extends ForwardingQueueAdapter {
  #gate: Promise<void> = Promise.resolve();

  /** @returns what lets it go on. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  override async add(jobs: readonly NewJob[]): Promise<QueueJob[]> {
    await this.#gate;
    return super.add(jobs);
  }
}

const window = { key: 'k', window: 60_000 };
const debounce = { key: 'k', debounce: 1_000 };

function setUp() {
  const clock = new VirtualClock();
  const adapter = new InMemoryQueueAdapter({ clock });
  const runs: unknown[] = [];
  adapter.work(({ job }) => void runs.push(job.payload));
  const dying = new DyingAdapter(adapter);
  const slow = new SlowAdapter(adapter);
  const other = new SlowAdapter(adapter);
  const jobs = async () => (await adapter.findJobs({ order: 'asc' })).jobs.map(({ payload }) => payload);
  const adds = {
    sound: new UniqueAdds(adapter),
    dying: new UniqueAdds(dying),
    slow: new UniqueAdds(slow),
    other: new UniqueAdds(other),
  };
  const of = (who: keyof typeof adds, dedupe: typeof window | typeof debounce, payload: string) =>
    adds[who].add((scheduledFor) => build(payload, scheduledFor), { dedupe });
  return { clock, adapter, dying, slow, other, runs, jobs, of };
}

function build(payload: string, scheduledFor?: Date): NewJob {
  return {
    type: 'test',
    payload,
    ...(scheduledFor !== undefined && { scheduledFor: scheduledFor.getTime() }),
  };
}

describe('a process that dies in the add of a window', () => {
  it('before the job is stored leaves it to the next add', async () => {
    const { dying, of, jobs, clock } = setUp();
    dying.dieAt('add', 'before');
    await expect(of('dying', window, 'lost')).rejects.toThrow('died');
    expect(await jobs()).toEqual([]);
    await clock.advance(59_999);
    expect(await of('sound', window, 'second')).toMatchObject({ outcome: 'added' });
    expect(await of('sound', window, 'third')).toMatchObject({ outcome: 'exists' });
    expect(await jobs()).toEqual(['second']);
  });

  it('after it was stored has stored it once and for all', async () => {
    const { dying, of, jobs } = setUp();
    dying.dieAt('add', 'after');
    await expect(of('dying', window, 'first')).rejects.toThrow('died');
    expect(await of('sound', window, 'second')).toMatchObject({ outcome: 'exists' });
    expect(await jobs()).toEqual(['first']);
  });
});

describe('a process that dies in the add to a debounced job', () => {
  it('before the new one is stored leaves the one before, which runs when it was due', async () => {
    const { dying, of, jobs, clock, runs } = setUp();
    await of('sound', debounce, 'first');
    await clock.advance(500);
    dying.dieAt('add', 'before');
    await expect(of('dying', debounce, 'lost')).rejects.toThrow('died');
    expect(await jobs()).toEqual(['first']);
    await clock.advance(500);
    expect(runs).toEqual(['first']);
  });

  it('before the one before is removed leaves both, and the next add removes both', async () => {
    const { dying, of, jobs, clock, runs } = setUp();
    await of('sound', debounce, 'first');
    dying.dieAt('delete', 'before');
    await expect(of('dying', debounce, 'second')).rejects.toThrow('died');
    expect(await jobs()).toEqual(['first', 'second']);
    const { outcome, replaced } = await of('sound', debounce, 'third');
    expect([outcome, replaced.map(({ payload }) => payload)]).toEqual(['replaced', ['first', 'second']]);
    expect(await jobs()).toEqual(['third']);
    await clock.advance(5_000);
    expect(runs).toEqual(['third']);
  });

  it('after it was removed has done all that mattered', async () => {
    const { dying, of, clock, runs } = setUp();
    await of('sound', debounce, 'first');
    dying.dieAt('delete', 'after');
    await expect(of('dying', debounce, 'second')).rejects.toThrow('died');
    await clock.advance(5_000);
    expect(runs).toEqual(['second']);
  });
});

describe('a process that is slow to store its job', () => {
  it('of a window stores none when another was faster', async () => {
    const { slow, of, jobs } = setUp();
    const goOn = slow.hold();
    const late = of('slow', window, 'late');
    await Promise.resolve();
    const fast = await of('sound', window, 'fast');
    goOn();
    expect([fast.outcome, (await late).outcome]).toEqual(['added', 'exists']);
    expect(await jobs()).toEqual(['fast']);
  });

  it('of a debounce removes it again when another came after it', async () => {
    const { slow, of, jobs, clock, runs } = setUp();
    const goOn = slow.hold();
    const late = of('slow', debounce, 'late');
    await clock.settle();
    await of('sound', debounce, 'newest');
    goOn();
    expect((await late).replaced.map(({ payload }) => payload)).toEqual(['late']);
    expect(await jobs()).toEqual(['newest']);
    await clock.advance(5_000);
    expect(runs).toEqual(['newest']);
  });

  it('of a debounce leaves nothing behind, though one that came after it did not find it', async () => {
    const { slow, of, other, jobs, clock, runs } = setUp();
    const letFirstGo = slow.hold();
    const first = of('slow', debounce, 'first');
    await clock.settle();
    await of('sound', debounce, 'second');
    const letThirdGo = other.hold();
    const third = of('other', debounce, 'third');
    await clock.settle();
    letFirstGo();
    await first;
    letThirdGo();
    expect((await third).replaced.map(({ payload }) => payload)).toEqual(['first', 'second']);
    expect(await jobs()).toEqual(['third']);
    await clock.advance(5_000);
    expect(runs).toEqual(['third']);
  });

  it('of a debounce keeps it while the one that came after it is not stored either', async () => {
    const { slow, dying, of, jobs, clock, runs } = setUp();
    const goOn = slow.hold();
    const late = of('slow', debounce, 'late');
    await clock.settle();
    dying.dieAt('add', 'before');
    await expect(of('dying', debounce, 'lost')).rejects.toThrow('died');
    goOn();
    await late;
    expect(await jobs()).toEqual(['late']);
    await clock.advance(5_000);
    expect(runs).toEqual(['late']);
  });
});
