/**
 * One app on any backend: the line that makes the adapter is all that differs.
 *
 *   node examples/any-backend.ts [memory | sqlite | postgres | bullmq]
 *
 * `postgres` asks DATABASE_URL where its server is, `bullmq` REDIS_URL; examples/docker-compose.yml starts both. Ctrl-C and SIGTERM let what is in hand come to its end.
 */
import { BullMqQueueAdapter } from '@townkrier/bullmq';
import { type Channel, Notification, NotificationManager } from '@townkrier/core';
import { PostgresQueueAdapter } from '@townkrier/postgres/queue';
import { InMemoryQueueAdapter, type QueueAdapter, QueueManager } from '@townkrier/queue';
import { SqliteQueueAdapter } from '@townkrier/sqlite/queue';

const ADAPTERS: Readonly<Record<string, () => QueueAdapter>> = {
  memory: () => new InMemoryQueueAdapter(),
  sqlite: () => new SqliteQueueAdapter({ file: process.env['TOWNKRIER_FILE'] ?? 'townkrier.db' }),
  postgres: () => new PostgresQueueAdapter({ connection: process.env['DATABASE_URL'] ?? '' }),
  bullmq: () => new BullMqQueueAdapter({ connection: process.env['REDIS_URL'] ?? '' }),
};

class OrderShipped extends Notification {
  order: string;
  constructor(order: string) {
    super();
    this.order = order;
  }
  via() {
    return ['email'];
  }
  override toEmail() {
    return { subject: `Order ${this.order} is on its way`, text: 'It arrives tomorrow.' };
  }
}

const printer: Channel<{ subject: string }> = {
  type: 'email',
  honoursIdempotencyKey: true,
  parseAddress: (address) => address,
  parseMessage: (message) => message as { subject: string },
  async send({ address, message, idempotencyKey }) {
    console.log(`to ${address}: ${message.subject}`);
    return { messageId: idempotencyKey, status: 'accepted' };
  },
};

const backend = process.argv[2] ?? 'sqlite';
const createAdapter = ADAPTERS[backend];
if (createAdapter === undefined) {
  console.error(`unknown backend "${backend}"; there are ${Object.keys(ADAPTERS).join(', ')}`);
  process.exit(1);
}

const notifications = new NotificationManager().register(OrderShipped).registerChannel('printer', printer);
const queue = new QueueManager(createAdapter(), notifications);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void queue.close());

let left = 3;
queue.on('job:completed', () => {
  left--;
  if (left === 0) void queue.close();
});
queue.startProcessing();
for (const order of ['A-1', 'A-2', 'A-3']) {
  await queue.enqueue(new OrderShipped(order), { email: 'ada@example.com' });
}
