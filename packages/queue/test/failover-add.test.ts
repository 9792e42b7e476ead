import { describe, expect, it } from 'vitest';
import { QueueError, QueueErrorCode } from '../src/errors.ts';
import { FailoverQueueAdapter } from '../src/failover/failover-queue-adapter.ts';
import { InMemoryQueueAdapter } from '../src/in-memory/in-memory-queue-adapter.ts';
import type { AddOptions, NewJob, QueueAdapter, QueueCapabilities } from '../src/queue-adapter.ts';
import { FailoverPair, idsIn } from './failover-pair.ts';
import { SwitchableAdapter } from './switchable-adapter.ts';

const PLAIN: NewJob = { type: 'test', payload: null };
const REFUSED = 'connect ECONNREFUSED 127.0.0.1:1';

/** An adapter that says something else about itself. */
class OtherAdapter extends SwitchableAdapter {
  override readonly capabilities: QueueCapabilities;
  /** The handles it was given. */
  readonly transactions: unknown[] = [];

  constructor(real: QueueAdapter, capabilities: Partial<QueueCapabilities>) {
    super(real);
    this.capabilities = { ...real.capabilities, ...capabilities };
  }

  override add(jobs: readonly NewJob[], options: AddOptions = {}) {
    this.transactions.push(options.transaction);
    return super.add(jobs);
  }
}

describe('the side in use', () => {
  it('is the primary when that answers the first look, which is announced', async () => {
    const pair = new FailoverPair();
    const id = await pair.add();
    expect(pair.announced).toEqual(['closed']);
    expect(await idsIn(pair.primary)).toEqual([id]);
    expect(await idsIn(pair.fallback)).toEqual([]);
    expect(await pair.adapter.health()).toMatchObject({
      active: 'primary',
      isDraining: false,
      waitingInFallback: 0,
      drained: 0,
      lastError: null,
    });
    await pair.adapter.close();
  });

  it('is the fallback when the primary does not answer the first look, which is announced', async () => {
    const pair = new FailoverPair({ state: 'rejects' });
    const id = await pair.add();
    expect(pair.announced).toEqual([`opened: ${REFUSED}`]);
    expect(await idsIn(pair.primary)).toEqual([]);
    expect(await idsIn(pair.fallback)).toEqual([id]);
    expect(await pair.adapter.health()).toMatchObject({
      active: 'fallback',
      since: pair.clock.date,
      waitingInFallback: 1,
      lastError: { at: pair.clock.date, message: REFUSED },
    });
    await pair.adapter.close();
  });

  it('is decided within enqueueTimeout when the primary hangs from the start', async () => {
    const pair = new FailoverPair({ state: 'hangs', enqueueTimeout: 200 });
    const health = pair.adapter.health();
    await pair.clock.advance(200);
    expect(await health).toMatchObject({ active: 'fallback' });
    expect(pair.announced).toEqual(['opened: The primary queue did not answer within 200 ms.']);
    await pair.adapter.close();
  });

  it('changes after failuresToOpen pings in a row without an answer, and not before', async () => {
    const pair = new FailoverPair({ failuresToOpen: 3, watchInterval: 5_000, pingInterval: 1_000 });
    await pair.clock.settle();
    pair.primarySwitch.state = 'rejects';
    await pair.clock.advance(6_999);
    expect(pair.primarySwitch.timesAsked('ping')).toBe(3);
    expect(await pair.adapter.health()).toMatchObject({ active: 'primary', lastError: { message: REFUSED } });
    await pair.clock.advance(1);
    expect(await pair.adapter.health()).toMatchObject({ active: 'fallback', since: pair.clock.date });
    await pair.adapter.close();
  });

  it('does not change for misses with an answer between them', async () => {
    const pair = new FailoverPair({ failuresToOpen: 2, watchInterval: 1_000, pingInterval: 1_000 });
    await pair.clock.settle();
    for (let time = 0; time < 5; time += 1) {
      pair.primarySwitch.state = 'rejects';
      await pair.clock.advance(1_000);
      pair.primarySwitch.state = 'answers';
      await pair.clock.advance(1_000);
    }
    expect(pair.announced).toEqual(['closed']);
    await pair.adapter.close();
  });

  it('is asked for by getStats where an adapter has no ping', async () => {
    const primary = new SwitchableAdapter(new InMemoryQueueAdapter());
    Reflect.set(primary, 'ping', undefined);
    const adapter = new FailoverQueueAdapter(primary, new InMemoryQueueAdapter());
    expect(await adapter.health()).toMatchObject({ active: 'primary' });
    expect(primary.asked).toEqual(['getStats']);
    await adapter.close();
  });

  it('answers pings as long as one side can take jobs', async () => {
    const pair = new FailoverPair();
    await pair.adapter.ping();
    await pair.lose();
    await pair.adapter.ping();
    pair.fallbackSwitch.state = 'rejects';
    await expect(pair.adapter.ping()).rejects.toThrow(REFUSED);
  });
});

describe('add', () => {
  it('goes to the fallback at once when the primary fails, and so do those after it', async () => {
    const pair = new FailoverPair();
    const before = await pair.add();
    pair.primarySwitch.state = 'rejects';
    const [first] = await pair.adapter.add([PLAIN]);
    const asked = pair.primarySwitch.timesAsked('add');
    const [second] = await pair.adapter.add([PLAIN]);
    expect(pair.primarySwitch.timesAsked('add')).toBe(asked);
    expect(await idsIn(pair.fallback)).toEqual([first?.id, second?.id]);
    expect(await idsIn(pair.primary)).toEqual([before]);
    expect(pair.announced).toEqual(['closed', `opened: ${REFUSED}`]);
    await pair.adapter.close();
  });

  it('waits enqueueTimeout for a primary that hangs, no longer', async () => {
    const pair = new FailoverPair({ enqueueTimeout: 300 });
    await pair.clock.settle();
    pair.primarySwitch.state = 'hangs';
    let isStored = false;
    const adding = pair.adapter.add([PLAIN]).then(() => {
      isStored = true;
    });
    await pair.clock.advance(299);
    expect(isStored).toBe(false);
    await pair.clock.advance(1);
    await adding;
    expect((await pair.fallback.getStats()).pending).toBe(1);
    await pair.adapter.close();
  });

  it('goes to the fallback with all others under way, in their order, when the first of them has waited long enough', async () => {
    const pair = new FailoverPair({ enqueueTimeout: 500 });
    await pair.clock.settle();
    pair.primarySwitch.state = 'hangs';
    const adding = [];
    for (const id of ['a', 'b', 'c']) {
      adding.push(pair.adapter.add([{ ...PLAIN, id }]));
      await pair.clock.advance(100);
    }
    await pair.clock.advance(200);
    adding.push(pair.adapter.add([{ ...PLAIN, id: 'd' }]));
    await Promise.all(adding);
    expect(await idsIn(pair.fallback)).toEqual(['a', 'b', 'c', 'd']);
    await pair.adapter.close();
  });

  it.each<[string, unknown, unknown]>([
    ['QUEUE_FULL', new QueueError(QueueErrorCode.QUEUE_FULL, 'full'), 'full'],
    ['QUEUE_JOB_INVALID', new QueueError(QueueErrorCode.QUEUE_JOB_INVALID, 'wrong'), 'wrong'],
    ['an error that nobody knows', new TypeError('x is not a function'), 'x is not a function'],
  ])('throws %s to its caller, and the fallback is not asked', async (_what, error, message) => {
    const pair = new FailoverPair();
    await pair.clock.settle();
    pair.primarySwitch.state = 'rejects';
    pair.primarySwitch.error = error;
    await expect(pair.adapter.add([PLAIN])).rejects.toThrow(String(message));
    expect(pair.fallbackSwitch.timesAsked('add')).toBe(0);
    expect(pair.announced).toEqual(['closed']);
    await pair.adapter.close();
  });

  it('leaves one job where the primary stored it without saying so in time', async () => {
    const pair = new FailoverPair();
    await pair.clock.settle();
    pair.primarySwitch.state = 'mute';
    const id = await pair.add();
    expect(await idsIn(pair.fallback)).toEqual([id]);
    expect(await idsIn(pair.primary)).toEqual([id]);
    await pair.giveBack();
    expect(await idsIn(pair.fallback)).toEqual([]);
    expect(await idsIn(pair.primary)).toEqual([id]);
    await pair.adapter.close();
  });

  it('announces a job once that the primary stores when its time is over', async () => {
    const pair = new FailoverPair();
    await pair.clock.settle();
    const enqueued = pair.heard('job:enqueued');
    let answer: () => void = () => undefined;
    pair.primarySwitch.before = (method) =>
      method === 'add' && new Promise<void>((resolve) => (answer = resolve));
    const id = await pair.add();
    answer();
    await pair.clock.settle();
    expect(await idsIn(pair.primary)).toEqual([id]);
    expect(enqueued.map(({ jobId }) => jobId)).toEqual([id]);
    await pair.adapter.close();
  });

  it('gives the fallback what was handed over, whatever became of it meanwhile', async () => {
    const pair = new FailoverPair({ state: 'answers' });
    await pair.clock.settle();
    pair.primarySwitch.state = 'hangs';
    const payload = { to: 'ada' };
    const tags = ['one'];
    const metadata = { app: 'shop' };
    const adding = pair.adapter.add([{ ...PLAIN, id: 'kept', payload, tags, metadata }]);
    payload.to = 'bob';
    tags.push('two');
    metadata.app = 'other';
    await pair.inTime(adding);
    expect(await pair.fallback.getJob('kept')).toMatchObject({
      payload: { to: 'ada' },
      tags: ['one'],
      metadata: { app: 'shop' },
    });
    await pair.adapter.close();
  });

  it('throws what the fallback refuses', async () => {
    const pair = new FailoverPair({ state: 'rejects', fallbackOptions: { maxJobs: 1 } });
    await pair.add();
    await expect(pair.adapter.add([PLAIN])).rejects.toMatchObject({ code: QueueErrorCode.QUEUE_FULL });
    await pair.adapter.close();
  });

  it('gives jobs the ids that createId makes', async () => {
    const pair = new FailoverPair({ createId: () => 'made' });
    expect(await pair.add()).toBe('made');
    await pair.adapter.close();
  });
});

describe('capabilities', () => {
  const primary = () => new InMemoryQueueAdapter();

  it('are what both can do', async () => {
    const weak = new OtherAdapter(primary(), {
      priorities: false,
      scheduling: false,
      fairness: false,
      filters: ['queue', 'status', 'limit', 'offset', 'order'],
    });
    const strong = new OtherAdapter(primary(), { durability: 'machine', isShared: true, transactions: true });
    const adapter = new FailoverQueueAdapter(strong, weak);
    expect(adapter.capabilities).toEqual({
      durability: 'process',
      isShared: false,
      priorities: false,
      scheduling: false,
      cancelRunning: true,
      transactions: true,
      aging: true,
      fairness: false,
      sharedState: true,
      filters: ['status', 'queue', 'limit', 'offset', 'order'],
    });
    const refused = { code: QueueErrorCode.QUEUE_UNSUPPORTED };
    await expect(adapter.add([{ ...PLAIN, priority: 20 }])).rejects.toMatchObject(refused);
    const later = Date.now() + 60_000;
    await expect(adapter.add([{ ...PLAIN, scheduledFor: later }])).rejects.toMatchObject(refused);
    await expect(adapter.add([{ ...PLAIN, isFair: true }])).rejects.toMatchObject(refused);
    await expect(adapter.findJobs({ owner: 'ada' })).rejects.toMatchObject(refused);
    await adapter.close();
  });

  it('let an add be part of a transaction of the primary, and then never fail over', async () => {
    const strong = new OtherAdapter(primary(), { transactions: true });
    const fallback = new SwitchableAdapter(primary());
    const adapter = new FailoverQueueAdapter(strong, fallback);
    const transaction = {};
    await adapter.add([PLAIN], { transaction });
    expect(strong.transactions).toEqual([transaction]);
    strong.state = 'rejects';
    await expect(adapter.add([PLAIN], { transaction })).rejects.toMatchObject({
      code: QueueErrorCode.QUEUE_UNAVAILABLE,
    });
    expect(fallback.timesAsked('add')).toBe(0);
    await adapter.close();
  });

  it('without transactions of the primary refuse one, whatever the fallback can', async () => {
    const adapter = new FailoverQueueAdapter(primary(), new OtherAdapter(primary(), { transactions: true }));
    await expect(adapter.add([PLAIN], { transaction: {} })).rejects.toMatchObject({
      code: QueueErrorCode.QUEUE_UNSUPPORTED,
    });
    await adapter.close();
  });
});

describe('what cannot work is refused when it is made', () => {
  const one = new InMemoryQueueAdapter();
  const two = new InMemoryQueueAdapter();

  it.each<[string, () => unknown, string]>([
    ['an unknown option', () => new FailoverQueueAdapter(one, two, Object({ timeout: 1 })), 'CONFIG_INVALID'],
    ['a wrong option', () => new FailoverQueueAdapter(one, two, { failuresToOpen: 0 }), 'CONFIG_INVALID'],
    ['one adapter for both sides', () => new FailoverQueueAdapter(one, one), 'CONFIG_INVALID'],
    [
      'a fallback in which waiting jobs cannot be found',
      () => new FailoverQueueAdapter(one, new OtherAdapter(two, { filters: ['queue'] })),
      'QUEUE_UNSUPPORTED',
    ],
  ])('%s', (_what, make, code) => {
    expect(make).toThrow(expect.objectContaining({ code }));
  });
});

describe('close', () => {
  it('closes both sides once, leaves no timer, and refuses what comes after', async () => {
    const pair = new FailoverPair();
    await pair.add();
    await Promise.all([pair.adapter.close(), pair.adapter.close()]);
    expect(pair.clock.pendingTimers).toBe(0);
    const closed = { code: QueueErrorCode.QUEUE_CLOSED };
    await expect(pair.adapter.add([PLAIN])).rejects.toMatchObject(closed);
    expect(() => pair.adapter.work(() => undefined)).toThrow(expect.objectContaining(closed));
    await expect(pair.primary.add([PLAIN])).rejects.toMatchObject(closed);
    await expect(pair.fallback.add([PLAIN])).rejects.toMatchObject(closed);
  });

  it('stores what was added before it, though the primary hangs', async () => {
    const pair = new FailoverPair();
    await pair.clock.settle();
    pair.primarySwitch.state = 'hangs';
    const adding = pair.adapter.add([{ ...PLAIN, id: 'just in time' }]);
    const closing = pair.adapter.close();
    await pair.inTime(closing);
    expect((await adding)[0]?.id).toBe('just in time');
    expect(await idsIn(pair.fallback)).toEqual(['just in time']);
  });

  it('waits shutdownTimeout for a primary that does not close, and says so', async () => {
    const pair = new FailoverPair({ shutdownTimeout: 1_000 });
    pair.primarySwitch.close = () => new Promise<never>(() => undefined);
    const closing = pair.adapter.close();
    await pair.clock.advance(1_000);
    await closing;
    expect(pair.errors).toMatchObject([{ code: QueueErrorCode.QUEUE_UNAVAILABLE }]);
    expect(pair.clock.pendingTimers).toBe(0);
  });
});
