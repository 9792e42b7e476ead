/** A process that runs jobs of chains and batches, and dies where it is told to. */
import {
  type AddOptions,
  ForwardingQueueAdapter,
  type NewJob,
  type QueueAdapter,
  type QueueJob,
  QueueManager,
} from '@townkrier/queue';
import { reportAll, sendOne } from '../test/followed-jobs.ts';
import { openQueue, type QueueAddress } from './backends.ts';
import { readSettings, sayReady } from './child-program.ts';

/** What such a process is told. */
export interface FollowingSettings {
  readonly queue: QueueAddress;
  /** Dies when it adds what follows: before that is stored, or after that and before it says so. */
  readonly failAt?: 'add:before' | 'add:after';
  /** A fault that the test must find. */
  readonly fault?: 'forgets ids';
}

class DyingAdapter extends ForwardingQueueAdapter {
  readonly #settings: FollowingSettings;

  constructor(adapter: QueueAdapter, settings: FollowingSettings) {
    super(adapter);
    this.#settings = settings;
  }

  /** All that this process adds follows something. */
  override async add(jobs: readonly NewJob[], options?: AddOptions): Promise<QueueJob[]> {
    const { failAt, fault } = this.#settings;
    if (failAt === 'add:before') process.kill(process.pid, 'SIGKILL');
    const added = await super.add(fault === undefined ? jobs : jobs.map(withoutId), options);
    if (failAt === 'add:after') process.kill(process.pid, 'SIGKILL');
    return added;
  }
}

function withoutId({ id: _id, ...job }: NewJob): NewJob {
  return job;
}

const settings = readSettings<FollowingSettings>();
const { adapter } = await openQueue(settings.queue, { leaseMs: 1_000, heartbeatMs: 300 });
const queue = new QueueManager(new DyingAdapter(adapter, settings));
queue.handle(sendOne, ({ payload }) => payload.number);
queue.handle(reportAll, ({ parent, batch }) => ({ parent: parent?.result ?? null, batch }));
queue.startProcessing({ pollInterval: 50 });
sayReady();
