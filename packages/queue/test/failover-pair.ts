import { VirtualClock } from '@townkrier/core/testing';
import type { QueueEventName, QueueEvents } from '../src/events.ts';
import type { FailoverQueueAdapterOptions } from '../src/failover/failover-options.ts';
import { FailoverQueueAdapter } from '../src/failover/failover-queue-adapter.ts';
import {
  InMemoryQueueAdapter,
  type InMemoryQueueAdapterOptions,
} from '../src/in-memory/in-memory-queue-adapter.ts';
import type { NewJob, QueueAdapter } from '../src/queue-adapter.ts';
import { SwitchableAdapter } from './switchable-adapter.ts';

/** What may differ in a test. */
export interface PairOptions extends FailoverQueueAdapterOptions {
  /** What the primary does at first. */
  readonly state?: SwitchableAdapter['state'];
  readonly primaryOptions?: InMemoryQueueAdapterOptions;
  readonly fallbackOptions?: InMemoryQueueAdapterOptions;
}

/** A failover over two queues in memory, on a virtual clock, either of which can be taken away. */
export class FailoverPair {
  readonly clock: VirtualClock;
  readonly primary: InMemoryQueueAdapter;
  readonly fallback: InMemoryQueueAdapter;
  readonly primarySwitch: SwitchableAdapter;
  readonly fallbackSwitch: SwitchableAdapter;
  readonly adapter: FailoverQueueAdapter;
  /** What was told to `onError`. */
  readonly errors: unknown[] = [];
  /** `failover:` events as they came. */
  readonly announced: string[] = [];

  /** @param earlier - The queues and the clock of a pair whose process died. */
  constructor(
    { state = 'answers', primaryOptions, fallbackOptions, ...options }: PairOptions = {},
    earlier?: FailoverPair,
  ) {
    this.clock = earlier?.clock ?? new VirtualClock();
    const { clock } = this;
    this.primary = earlier?.primary ?? new InMemoryQueueAdapter({ clock, ...primaryOptions });
    this.fallback = earlier?.fallback ?? new InMemoryQueueAdapter({ clock, ...fallbackOptions });
    this.primarySwitch = new SwitchableAdapter(this.primary);
    this.primarySwitch.state = state;
    this.fallbackSwitch = new SwitchableAdapter(this.fallback);
    this.adapter = new FailoverQueueAdapter(this.primarySwitch, this.fallbackSwitch, {
      clock,
      onError: (error) => this.errors.push(error),
      ...options,
    });
    this.#listen();
  }

  /** The process dies: nothing it began goes on. Gives the one that comes after it. */
  crash(options: PairOptions = {}): FailoverPair {
    this.primarySwitch.state = 'hangs';
    this.fallbackSwitch.state = 'hangs';
    return new FailoverPair(options, this);
  }

  /** Takes the primary away, and lets the adapter find out. */
  async lose(state: SwitchableAdapter['state'] = 'rejects'): Promise<void> {
    this.primarySwitch.state = state;
    await this.clock.advance(60_000);
  }

  /** Gives the primary back, and lets the adapter find out and move what waited. */
  async giveBack(): Promise<void> {
    this.primarySwitch.state = 'answers';
    await this.clock.advance(60_000);
  }

  /** Adds a job and gives its id, however long that takes by the clock. */
  async add(job: Partial<NewJob> = {}): Promise<string> {
    const [added] = await this.inTime(this.adapter.add([{ type: 'test', payload: null, ...job }]));
    return added?.id ?? 'nothing was added';
  }

  /** The promise's outcome, letting up to a minute pass for it. */
  async inTime<Value>(promise: Promise<Value>): Promise<Value> {
    let isOver = false;
    const note = () => {
      isOver = true;
    };
    promise.then(note, note);
    for (let look = 0; !isOver && look < 10; look += 1) await this.clock.settle();
    for (let passed = 0; !isOver && passed < 60_000; passed += 100) await this.clock.advance(100);
    if (!isOver) throw new Error('no outcome within a minute');
    return promise;
  }

  /** Notes the events of one name. */
  heard<Name extends QueueEventName>(name: Name): QueueEvents[Name][] {
    const heard: QueueEvents[Name][] = [];
    this.adapter.on(name, (event) => heard.push(event));
    return heard;
  }

  #listen(): void {
    this.adapter.on('failover:opened', ({ reason }) => this.announced.push(`opened: ${reason}`));
    this.adapter.on('failover:closed', () => this.announced.push('closed'));
    this.adapter.on('failover:drained', ({ count }) => this.announced.push(`drained ${count}`));
  }
}

/** The ids of all jobs an adapter keeps, oldest first. */
export async function idsIn(adapter: QueueAdapter): Promise<string[]> {
  const { jobs } = await adapter.findJobs({ order: 'asc', limit: 1000 });
  return jobs.map(({ id }) => id);
}
