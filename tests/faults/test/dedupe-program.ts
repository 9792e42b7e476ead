/** A process that adds many jobs at once which are to be one, and dies where it is told to. */
import {
  type AddOptions,
  type AddOutcome,
  type DedupeOption,
  defineJob,
  ForwardingQueueAdapter,
  type NewJob,
  type QueueAdapter,
  type QueueJob,
  QueueManager,
} from '@townkrier/queue';
import { z } from 'zod';
import { openQueue, type QueueAddress } from '../harness/backends.ts';
import { readSettings, sayReady } from '../harness/child-program.ts';

/** What such a process is told. */
export interface DedupeSettings {
  readonly queue: QueueAddress;
  readonly adds: number;
  readonly options: DedupeOption & { readonly idempotencyKey?: string };
  /** Dies at its first add: before its job is stored, or after that and before anybody is told. */
  readonly failAt?: 'add:before' | 'add:after';
  /** A fault that the test must find. */
  readonly fault?: 'forgets keys';
}

/** What it says at its end: how often an add came to what. */
export type DedupeReport = Readonly<Record<AddOutcome, number>>;

class FaultyAdapter extends ForwardingQueueAdapter {
  readonly #settings: DedupeSettings;

  constructor(adapter: QueueAdapter, settings: DedupeSettings) {
    super(adapter);
    this.#settings = settings;
  }

  override async add(jobs: readonly NewJob[], options?: AddOptions): Promise<QueueJob[]> {
    this.#dieAt('add:before');
    const isForgetful = this.#settings.fault === 'forgets keys';
    const added = await super.add(isForgetful ? jobs.map(withoutKey) : jobs, options);
    this.#dieAt('add:after');
    return added;
  }

  #dieAt(point: DedupeSettings['failAt']): void {
    if (this.#settings.failAt === point) process.kill(process.pid, 'SIGKILL');
  }
}

function withoutKey({ idempotencyKey: _key, ...job }: NewJob): NewJob {
  return job;
}

const task = defineJob({ name: 'task', payload: z.object({ n: z.number() }) });
const settings = readSettings<DedupeSettings>();
const { adapter } = await openQueue(settings.queue);
const queue = new QueueManager(new FaultyAdapter(adapter, settings));
await adapter.getStats();

process.once('message', async () => {
  const adding = Array.from({ length: settings.adds }, (_, n) =>
    queue.addUnique(task, { n }, settings.options),
  );
  const report = { added: 0, exists: 0, replaced: 0 };
  for (const { outcome } of await Promise.all(adding)) report[outcome]++;
  await queue.close();
  process.send?.(report, () => process.exit(0));
});
sayReady();
