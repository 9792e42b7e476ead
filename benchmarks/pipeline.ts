import { type Channel, Notification, NotificationChannel, NotificationManager } from '@townkrier/core';
import { InMemoryQueueAdapter, QueueManager } from '@townkrier/queue';
import { InMemoryStorageAdapter, StorageManager } from '@townkrier/storage';
import Table from 'cli-table3';

/*
 * The whole way of a notification in memory: prepared, stored as a job, claimed, rendered, handed to a channel that does nothing, masked, logged. Each row adds
 * one part to the row above it, so the differences say what a part costs. Medians of interleaved rounds.
 *
 * node benchmarks/pipeline.ts [rounds]
 */

const ROUNDS = 5;
const NOTIFICATIONS = 2_000;
const CONCURRENCY = 50;

class OrderShipped extends Notification {
  name = 'Ada Lindqvist';
  order = 'A-4711';
  via() {
    return [NotificationChannel.EMAIL];
  }
  override toEmail() {
    const html = `<p>Hello ${this.name},</p><p>order <b>${this.order}</b> is on its way. Call us at +44 20 7946 0958.</p>`;
    return {
      subject: `Order ${this.order} is on its way`,
      html,
      text: `Hello ${this.name}, it is on its way.`,
    };
  }
}

const nowhere: Channel = {
  type: 'email',
  honoursIdempotencyKey: true,
  parseAddress: (address) => address,
  parseMessage: (message) => message,
  send: async ({ idempotencyKey }) => ({ messageId: idempotencyKey, status: 'accepted' }),
};

/** Runs so many jobs to their end, and says how many microseconds each took. */
type Stage = () => Promise<number>;

const STAGES: Readonly<Record<string, Stage>> = {
  'bare queue': async () => {
    const adapter = new InMemoryQueueAdapter();
    const started = performance.now();
    const jobs = Array.from({ length: NOTIFICATIONS }, (_, id) =>
      adapter.add([{ type: 'mail', payload: { id } }]),
    );
    const done = untilCompleted(adapter);
    adapter.work(async () => undefined, { concurrency: CONCURRENCY });
    await Promise.all([...jobs, done]);
    return finish(started, adapter);
  },
  '+ notification, rendered, null channel': () => runNotifications(() => undefined),
  '+ masked log': () =>
    runNotifications((manager) => new StorageManager(new InMemoryStorageAdapter()).record(manager)),
};

report(await runRounds(Number(process.argv[2] ?? ROUNDS)));

async function runNotifications(extend: (manager: NotificationManager) => unknown): Promise<number> {
  const manager = new NotificationManager().registerChannel('nowhere', nowhere).register(OrderShipped);
  extend(manager);
  const adapter = new InMemoryQueueAdapter();
  const queue = new QueueManager(adapter, manager);
  const started = performance.now();
  const jobs = Array.from({ length: NOTIFICATIONS }, (_, id) =>
    queue.enqueue(new OrderShipped(), { email: `reader-${id}@example.com` }),
  );
  const done = untilCompleted(adapter);
  queue.startProcessing({ concurrency: CONCURRENCY });
  await Promise.all([...jobs, done]);
  return finish(started, adapter);
}

function untilCompleted(adapter: InMemoryQueueAdapter): Promise<void> {
  let left = NOTIFICATIONS;
  return new Promise((resolve) => adapter.on('job:completed', () => (--left === 0 ? resolve() : undefined)));
}

async function finish(started: number, adapter: InMemoryQueueAdapter): Promise<number> {
  const microseconds = ((performance.now() - started) * 1000) / NOTIFICATIONS;
  await adapter.close();
  return microseconds;
}

async function runRounds(rounds: number): Promise<Map<string, number[]>> {
  const samples = new Map<string, number[]>(Object.keys(STAGES).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, stage] of Object.entries(STAGES)) {
      const cost = await stage();
      // The first round warms up.
      if (round >= 0) samples.get(name)?.push(cost);
    }
  }
  return samples;
}

function report(samples: ReadonlyMap<string, number[]>): void {
  const table = new Table({
    head: ['per notification', 'µs', 'per second', '× bare queue'],
    style: { head: [], border: [] },
  });
  const bare = median(samples.get('bare queue') ?? []);
  for (const [name, costs] of samples) {
    const cost = median(costs);
    table.push([name, cost.toFixed(1), Math.round(1e6 / cost), (cost / bare).toFixed(2)]);
  }
  console.log(table.toString());
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
