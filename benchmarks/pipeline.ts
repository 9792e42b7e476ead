/**
 * The whole way of a notification: prepared, stored as a job, claimed, rendered, handed to a channel that does nothing, masked, logged; in memory, in SQLite and in
 * PostgreSQL, with default options, queue and log in the same place. Each row adds one part to the row above it, so the differences say what a part costs.
 *
 *     node benchmarks/pipeline.ts [rounds] [words of store or stage]
 *     node benchmarks/profile.ts pipeline.ts "sqlite: masked log"
 */
import { join } from 'node:path';
import { type Channel, Notification, NotificationChannel, NotificationManager } from '@townkrier/core';
import { InMemoryQueueAdapter, type QueueAdapter, QueueManager } from '@townkrier/queue';
import { InMemoryStorageAdapter, type StorageAdapter, StorageManager } from '@townkrier/storage';
import { required } from './engines/engine.ts';
import { type Case, type Figures, measure } from './harness/cases.ts';
import { StopWatch } from './harness/clock.ts';
import { payloadOf } from './harness/payload.ts';
import { report } from './harness/report.ts';
import type { Place, ServiceName } from './harness/services.ts';

const NOTIFICATIONS = 2_000;
const CONCURRENCY = 50;
/** So many passes warm up, or as many as this many milliseconds allow. */
const WARM_UP_PASSES = 5;
const WARM_UP_TIME = 3_000;
/** A log that outlives the process wants one. */
const hashKey = 'a secret of the benchmark alone';
/** Times the cost of the bare queue. */
const MOST = 2;
const STAGES = ['bare queue', 'null channel', 'masked log'] as const;
type Stage = (typeof STAGES)[number];

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

/** Where jobs and log are kept; each pass has a place of its own. */
interface Store {
  readonly needs: readonly ServiceName[];
  openQueue(place: Place, pass: number): Promise<QueueAdapter>;
  openLog(place: Place, pass: number): Promise<StorageAdapter>;
}

const fileIn = ({ folder }: Place, pass: number): string => join(folder, `townkrier-${pass}.db`);
const serverOf = ({ postgresUrl, name }: Place, pass: number) => ({
  connection: required(postgresUrl),
  schema: `${name}_${pass}`,
});

const STORES: Readonly<Record<string, Store>> = {
  memory: {
    needs: [],
    openQueue: async () => new InMemoryQueueAdapter(),
    openLog: async () => new InMemoryStorageAdapter(),
  },
  sqlite: {
    needs: [],
    async openQueue(place, pass) {
      const { SqliteQueueAdapter } = await import('@townkrier/sqlite/queue');
      return new SqliteQueueAdapter({ file: fileIn(place, pass) });
    },
    async openLog(place, pass) {
      const { SqliteStorageAdapter } = await import('@townkrier/sqlite/storage');
      return new SqliteStorageAdapter({ file: fileIn(place, pass) });
    },
  },
  postgres: {
    needs: ['postgres'],
    async openQueue(place, pass) {
      const { PostgresQueueAdapter } = await import('@townkrier/postgres/queue');
      return new PostgresQueueAdapter(serverOf(place, pass));
    },
    async openLog(place, pass) {
      const { PostgresStorageAdapter } = await import('@townkrier/postgres/storage');
      return new PostgresStorageAdapter(serverOf(place, pass));
    },
  },
};

const cases = Object.entries(STORES).flatMap(([engine, store]) =>
  STAGES.map(
    (stage): Case => ({
      engine,
      scenario: stage,
      needs: store.needs,
      async run(place) {
        const startedAt = performance.now();
        let pass = 0;
        do await runPass(store, stage, place, pass++);
        while (pass < WARM_UP_PASSES && performance.now() - startedAt < WARM_UP_TIME);
        return runPass(store, stage, place, pass);
      },
    }),
  ),
);
const measured = await measure(import.meta.url, cases);
report(
  'the whole way: µs a notification',
  measured,
  STAGES.map((stage) => ({ scenario: stage, figure: 'microseconds', title: stage })),
  Object.keys(STORES).map((ours) => ({
    scenario: 'masked log',
    figure: 'microseconds',
    ours,
    others: [ours],
    otherScenario: 'bare queue',
    atMost: MOST,
  })),
);

async function runPass(store: Store, stage: Stage, place: Place, pass: number): Promise<Figures> {
  const adapter = await store.openQueue(place, pass);
  // Tables are made with the first call.
  await adapter.getStats();
  if (stage === 'bare queue') return runBare(adapter);
  const manager = new NotificationManager().registerChannel('nowhere', nowhere).register(OrderShipped);
  if (stage === 'null channel') return runNotifications(adapter, manager);
  const log = new StorageManager(await store.openLog(place, pass), { hashKey });
  log.record(manager);
  const figures = await runNotifications(adapter, manager);
  const { total } = await log.getStats();
  // A log that fails fails no send; here it would only look fast.
  if (total !== NOTIFICATIONS) throw new Error(`the log has ${total} rows, not ${NOTIFICATIONS}`);
  await log.close();
  return figures;
}

async function runBare(adapter: QueueAdapter): Promise<Figures> {
  const completed = untilCompleted(adapter);
  const watch = new StopWatch();
  const adds = Array.from({ length: NOTIFICATIONS }, (_, id) =>
    adapter.add([{ type: 'mail', payload: payloadOf(id) }]),
  );
  adapter.work(async () => undefined, { concurrency: CONCURRENCY });
  await Promise.all([...adds, completed]);
  return finish(watch, adapter);
}

async function runNotifications(adapter: QueueAdapter, manager: NotificationManager): Promise<Figures> {
  const queue = new QueueManager(adapter, manager);
  const completed = untilCompleted(adapter);
  const watch = new StopWatch();
  const adds = Array.from({ length: NOTIFICATIONS }, (_, id) =>
    queue.enqueue(new OrderShipped(), { email: `reader-${id}@example.com` }),
  );
  queue.startProcessing({ concurrency: CONCURRENCY });
  await Promise.all([...adds, completed]);
  return finish(watch, adapter);
}

function untilCompleted(adapter: QueueAdapter): Promise<void> {
  let left = NOTIFICATIONS;
  return new Promise((resolve) => adapter.on('job:completed', () => (--left === 0 ? resolve() : undefined)));
}

async function finish(watch: StopWatch, adapter: QueueAdapter): Promise<Figures> {
  const figures = watch.finish(NOTIFICATIONS);
  await adapter.close();
  return { ...figures, microseconds: Math.round(1e7 / figures.perSecond) / 10 };
}
