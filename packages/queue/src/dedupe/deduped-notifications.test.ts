import { type Channel, Notification, NotificationChannel, NotificationManager } from '@townkrier/core';
import { VirtualClock } from '@townkrier/core/testing';
import { expect, it } from 'vitest';
import { InMemoryQueueAdapter } from '../in-memory/in-memory-queue-adapter.ts';
import { QueueManager } from '../queue-manager.ts';

class Digest extends Notification {
  readonly count: number;

  constructor(count: number) {
    super();
    this.count = count;
  }
  override via() {
    return [NotificationChannel.EMAIL];
  }
  override toEmail() {
    return { subject: 'News', text: `${this.count} comments` };
  }
}
const recipient = { email: 'ada@example.com' };

function setUp() {
  const clock = new VirtualClock();
  const sent: unknown[] = [];
  const log: string[] = [];
  const mailer: Channel = {
    type: 'email',
    honoursIdempotencyKey: false,
    parseAddress: (address) => address,
    parseMessage: (message) => message,
    async send({ message }) {
      sent.push(message);
      return { messageId: String(sent.length), status: 'accepted' };
    },
  };
  const notifications = new NotificationManager({ clock });
  notifications.register(Digest).registerChannel('mailer', mailer);
  notifications.use({
    name: 'log',
    queued: async (deliveries) => void log.push(`queued ${deliveries.length}`),
    withdrawn: async (keys, reason) => void log.push(`withdrawn ${keys.length}: ${reason}`),
  });
  const queue = new QueueManager(new InMemoryQueueAdapter({ clock }), notifications, { clock });
  queue.startProcessing();
  return { clock, queue, sent, log };
}

it('a window of notifications sends the first one, and no other is told to the log', async () => {
  const { clock, queue, sent, log } = setUp();
  const dedupe = { key: 'news of ada', window: 60_000 };
  const first = await queue.enqueueUnique(new Digest(1), recipient, { dedupe });
  await clock.advance(1_000);
  const second = await queue.enqueueUnique(new Digest(2), recipient, { dedupe });
  expect([first.outcome, second.outcome, second.job.id]).toEqual(['added', 'exists', first.job.id]);
  expect(sent).toEqual([expect.objectContaining({ text: '1 comments' })]);
  expect(log).toEqual(['queued 1']);
  await queue.close();
});

it('a debounce of notifications sends the last one, and the log hears of those it took the place of', async () => {
  const { clock, queue, sent, log } = setUp();
  for (const count of [1, 2, 3]) {
    await queue.enqueue(new Digest(count), recipient, { dedupe: { key: 'news of ada', debounce: 1_000 } });
    await clock.advance(500);
  }
  await clock.advance(1_000);
  expect(sent).toEqual([expect.objectContaining({ text: '3 comments' })]);
  const withdrawn = 'withdrawn 1: a later one took its place';
  expect(log).toEqual(['queued 1', 'queued 1', withdrawn, 'queued 1', withdrawn]);
  await queue.close();
});

it('an idempotencyKey of a notification says whether it is a new one', async () => {
  const { queue } = setUp();
  const enqueue = () => queue.enqueueUnique(new Digest(1), recipient, { idempotencyKey: 'order-1' });
  expect([(await enqueue()).outcome, (await enqueue()).outcome]).toEqual(['added', 'exists']);
  await queue.close();
});
