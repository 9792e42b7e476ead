import { VirtualClock } from '@townkrier/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StreamedEvent, StreamGap } from '../src/event-stream/event-stream.ts';
import {
  InMemoryQueueAdapter,
  QueueManager,
  StoreQueueAdapter,
  type StoreQueueAdapterOptions,
} from '../src/index.ts';
import type { EventLog } from '../src/job-store.ts';
import { createInMemoryStoreHarness } from './in-memory-store-harness.ts';

type Entry = StreamedEvent | StreamGap;

const NEVER = 1e9;
const MAIL = { type: 'mail', payload: 'a secret payload', maxRetries: 0 };

let clock: VirtualClock;
let harness: ReturnType<typeof createInMemoryStoreHarness>;
let log: EventLog;

beforeEach(() => {
  harness = createInMemoryStoreHarness();
  const { events } = harness.store;
  if (events === undefined) throw new Error('The store has no log.');
  log = events;
  clock = new VirtualClock();
});

/** An adapter over the one store, as each process has its own. */
function open(options: StoreQueueAdapterOptions = {}): StoreQueueAdapter {
  return new StoreQueueAdapter(harness.store, { clock, eventStream: true, pollInterval: NEVER, ...options });
}

function streamOf({ stream }: StoreQueueAdapter) {
  if (stream === undefined) throw new Error('The adapter has no stream.');
  return stream;
}

function reading(entries: AsyncIterable<Entry>) {
  const iterator = entries[Symbol.asyncIterator]();
  return {
    async take(count: number): Promise<Entry[]> {
      const taken: Entry[] = [];
      while (taken.length < count) {
        const { value, done } = await iterator.next();
        if (done === true) break;
        taken.push(value);
      }
      return taken;
    },
    next: () => iterator.next(),
  };
}

function told(entries: readonly Entry[]): string[] {
  return entries.map((entry) => (entry.name === 'gap' ? 'gap' : `${entry.name} ${entry.event.jobId}`));
}

function ids(from: number, count: number): { readonly id: string }[] {
  return Array.from({ length: count }, (_, i) => ({ id: `job-${from + i}` }));
}

describe('a stream of events', () => {
  it('tells one process what happens in another, from the moment it is asked', async () => {
    const [here, there] = [open(), open()];
    await here.add([{ ...MAIL, id: 'before' }]);
    await here.cancelJob('before');
    await clock.advance(0);
    const events = streamOf(here).read();
    await there.add([{ ...MAIL, id: 'one', queue: 'mails' }]);
    const worker = there.work(() => 'a secret result');
    const entries = await reading(events).take(3);
    expect(told(entries)).toEqual(['job:enqueued one', 'job:started one', 'job:completed one']);
    const common = { at: clock.date, jobId: 'one', queue: 'mails', type: 'mail', name: 'mail' };
    expect(entries[2]).toEqual({
      cursor: await log.latest(),
      name: 'job:completed',
      event: { ...common, status: 'completed', attempts: 1, runMs: 0, waitMs: 0 },
    });
    expect(JSON.stringify((await log.read(null, 100)).events)).not.toContain('secret');
    await worker.stop();
  });

  it('goes on after a cursor, and tells each event once', async () => {
    const adapter = open();
    const first = reading(streamOf(adapter).read({ after: null }));
    await adapter.add(ids(0, 5).map((id) => ({ ...MAIL, ...id })));
    const seen = await first.take(2);
    await adapter.close();
    const again = open();
    const rest = reading(streamOf(again).read({ after: seen[1]?.cursor }));
    await again.add([{ ...MAIL, id: 'job-5' }]);
    const all = [...seen, ...(await rest.take(4))];
    expect(told(all)).toEqual(ids(0, 6).map(({ id }) => `job:enqueued ${id}`));
  });

  it('tells a slow reader everything that is still kept', async () => {
    const adapter = open();
    const slow = reading(streamOf(adapter).read());
    for (let i = 0; i < 12; i += 1) await adapter.add(ids(i * 50, 50).map((id) => ({ ...MAIL, ...id })));
    expect(told(await slow.take(1))).toEqual(['job:enqueued job-0']);
    await adapter.cancelJob('job-7');
    expect(told(await slow.take(600)).slice(-2)).toEqual(['job:enqueued job-599', 'job:cancelled job-7']);
  });

  it('tells of a gap where events are no longer kept, and goes on with the oldest that is', async () => {
    const adapter = open({ eventStream: { keep: 20 } });
    const start = await streamOf(adapter).latest();
    for (let i = 0; i < 10; i += 1) await adapter.add(ids(i * 10, 10).map((id) => ({ ...MAIL, ...id })));
    const [gap, first, ...rest] = await reading(
      streamOf(adapter).read({ after: start, names: ['job:enqueued'] }),
    ).take(21);
    expect(gap).toEqual({ name: 'gap', cursor: start });
    expect(told([first, ...rest].filter((entry) => entry !== undefined))).toEqual(
      ids(80, 20).map(({ id }) => `job:enqueued ${id}`),
    );
    const after = await reading(streamOf(adapter).read({ after: first?.cursor })).take(1);
    expect(told(after)).toEqual(['job:enqueued job-81']);
  });

  it('tells of a gap after a cursor of a log that is no more', async () => {
    const adapter = open();
    await adapter.add([{ ...MAIL, id: 'one' }]);
    const later = String(Number(await log.latest()) + 1000);
    for (const after of ['12', later, 'made up']) {
      const entries = await reading(streamOf(adapter).read({ after })).take(2);
      expect(told(entries)).toEqual(['gap', 'job:enqueued one']);
    }
  });

  it('leaves out what was not asked for', async () => {
    const adapter = open();
    const cancelled = streamOf(adapter).read({ names: ['job:cancelled'] });
    const ofMails = streamOf(adapter).read({ queue: 'mails' });
    await adapter.add([
      { ...MAIL, id: 'one', queue: 'mails' },
      { ...MAIL, id: 'two', queue: 'other' },
    ]);
    await adapter.cancelJob('two');
    await adapter.cancelJob('one');
    expect(told(await reading(cancelled).take(2))).toEqual(['job:cancelled two', 'job:cancelled one']);
    expect(told(await reading(ofMails).take(2))).toEqual(['job:enqueued one', 'job:cancelled one']);
  });

  it('ends when its signal says so, or the adapter is closed, also while it waits', async () => {
    const adapter = open();
    const stop = new AbortController();
    const stopped = reading(streamOf(adapter).read({ signal: stop.signal })).take(2);
    const closed = reading(streamOf(adapter).read()).take(2);
    await adapter.add([{ ...MAIL, id: 'one' }]);
    stop.abort();
    expect((await stopped).length).toBeLessThanOrEqual(1);
    expect(await reading(streamOf(adapter).read({ after: null, signal: stop.signal })).take(1)).toEqual([]);
    await adapter.close();
    expect(told(await closed)).toEqual(['job:enqueued one']);
  });

  it('looks again after the poll interval, in case nobody told it', async () => {
    log.onAppend = () => () => undefined;
    const adapter = open({ pollInterval: 1000 });
    const waiting = reading(streamOf(adapter).read()).take(1);
    await adapter.add([{ ...MAIL, id: 'one' }]);
    await clock.advance(1000);
    expect(told(await waiting)).toEqual(['job:enqueued one']);
  });

  it('throws what the log throws, and can be read on after its last cursor', async () => {
    const adapter = open();
    await adapter.add([{ ...MAIL, id: 'one' }]);
    const events = reading(streamOf(adapter).read({ after: null }));
    const [one] = await events.take(1);
    const { read } = log;
    log.read = () => Promise.reject(new Error('away'));
    const failing = expect(events.next()).rejects.toThrow('away');
    await adapter.add([{ ...MAIL, id: 'two' }]);
    await failing;
    log.read = read.bind(log);
    const rest = await reading(streamOf(adapter).read({ after: one?.cursor })).take(1);
    expect(told(rest)).toEqual(['job:enqueued two']);
  });

  it('passes over what a newer version tells, and over what is no event', async () => {
    const adapter = open();
    await log.append(
      [
        { event: 'job:teleported', jobId: 'two' },
        'nonsense',
        ['job:started'],
        { event: 'job:started', jobId: 1 },
      ],
      100,
    );
    await adapter.add([{ ...MAIL, id: 'one' }]);
    expect(told(await reading(streamOf(adapter).read({ after: null })).take(1))).toEqual([
      'job:enqueued one',
    ]);
  });

  it('refuses options it does not know', () => {
    const adapter = open();
    const refused = expect.objectContaining({ code: 'CONFIG_INVALID' });
    expect(() => streamOf(adapter).read(Object.assign({ after: null }, { since: 1 }))).toThrow(refused);
    expect(() => open({ eventStream: { keep: 0 } })).toThrow(refused);
  });
});

describe('what a process tells', () => {
  /** Notes how many events each append has. */
  function watchAppends(): number[] {
    const sizes: number[] = [];
    const append = log.append.bind(log);
    log.append = (events, keep) => {
      sizes.push(events.length);
      return append(events, keep);
    };
    return sizes;
  }

  it('is written after its change, together with all of the tick', async () => {
    const sizes = watchAppends();
    const adapter = open();
    await Promise.all(ids(0, 100).map((id) => adapter.add([{ ...MAIL, ...id }])));
    await adapter.close();
    expect(sizes).toEqual([100]);
  });

  it('is written at once, and then every ten milliseconds at most, where each time is a commit', async () => {
    Object.assign(harness.store.capabilities, { durability: 'machine' });
    const sizes = watchAppends();
    const adapter = open();
    await adapter.add([{ ...MAIL, id: 'job-0' }]);
    await clock.advance(0);
    for (const id of ids(1, 3)) await adapter.add([{ ...MAIL, ...id }]);
    await clock.advance(9);
    expect(sizes).toEqual([1]);
    await clock.advance(1);
    expect(sizes).toEqual([1, 3]);
    await adapter.add([{ ...MAIL, id: 'last' }]);
    await adapter.close();
    expect(sizes).toEqual([1, 3, 1]);
  });

  it('is written before the adapter is closed', async () => {
    const adapter = open();
    await adapter.add([{ ...MAIL, id: 'one' }]);
    adapter.work(() => undefined);
    await clock.advance(0);
    await adapter.close();
    const { events } = await log.read(null, 100);
    expect(events.map(({ event }) => event)).toMatchObject([
      { event: 'job:enqueued' },
      { event: 'job:started' },
      { event: 'job:completed' },
    ]);
  });

  it('keeps the beginning of a long reason', async () => {
    const adapter = open();
    const failed = streamOf(adapter).read({ names: ['job:failed'] });
    await adapter.add([{ ...MAIL, id: 'one' }]);
    const worker = adapter.work(() => {
      throw new Error('no '.repeat(1000));
    });
    const [entry] = await reading(failed).take(1);
    expect(entry).toMatchObject({ event: { status: 'failed', reason: 'no '.repeat(1000).slice(0, 1000) } });
    await worker.stop();
  });

  it('is lost when the log does not take it, of which onError hears; jobs go on, and so does what comes later', async () => {
    const errors: unknown[] = [];
    const adapter = open({ onError: (error) => errors.push(error) });
    const append = log.append.bind(log);
    log.append = () => Promise.reject(new Error('away'));
    await adapter.add([{ ...MAIL, id: 'one' }]);
    await expect.poll(() => errors).toEqual([new Error('away')]);
    log.append = append;
    await adapter.add([{ ...MAIL, id: 'two' }]);
    expect(told(await reading(streamOf(adapter).read({ after: null })).take(1))).toEqual([
      'job:enqueued two',
    ]);
  });

  it('is nothing unless it is asked for', async () => {
    for (const eventStream of [undefined, false]) {
      const adapter = open({ eventStream });
      await adapter.add([MAIL]);
      expect(adapter.stream).toBeUndefined();
      expect(() => new QueueManager(adapter).events()).toThrow(
        expect.objectContaining({ code: 'QUEUE_UNSUPPORTED' }),
      );
    }
    expect((await log.read(null, 10)).events).toEqual([]);
  });

  it('is refused by a store that keeps no events', () => {
    const { store } = harness;
    Object.defineProperty(store, 'events', { value: undefined });
    expect(() => open()).toThrow(expect.objectContaining({ code: 'QUEUE_UNSUPPORTED' }));
  });
});

it('a manager tells what it is asked for, by name', async () => {
  const manager = new QueueManager(new InMemoryQueueAdapter({ eventStream: true }));
  const events = manager.events({ names: ['job:failed', 'job:cancelled'] });
  const [job] = await manager.adapter.add([MAIL]);
  await manager.cancelJob(job?.id ?? '');
  for await (const entry of events) {
    if (entry.name === 'gap') continue;
    // The compiler knows that both have a reason, of which one may do without.
    const reason: string | undefined = entry.event.reason;
    expect([entry.name, entry.event.jobId, reason]).toEqual(['job:cancelled', job?.id, undefined]);
    break;
  }
  await manager.close();
});
