import {
  type Channel,
  type ChannelReceipt,
  type ChannelRequest,
  Notification,
  NotificationChannel,
  NotificationManager,
  PermanentError,
  RateLimitedError,
  TransientError,
  UnknownOutcomeError,
} from '@townkrier/core';
import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { defineJob } from './define-job.ts';
import {
  InMemoryQueueAdapter,
  type InMemoryQueueAdapterOptions,
} from './in-memory/in-memory-queue-adapter.ts';
import { QueueManager } from './queue-manager.ts';

class Welcome extends Notification {
  override via() {
    return [NotificationChannel.EMAIL, NotificationChannel.SMS];
  }
  override toEmail() {
    return { subject: 'Welcome', text: 'Welcome' };
  }
  override toSms() {
    return { text: 'Welcome' };
  }
}
const recipient = { email: 'ada@example.com', sms: '+15550100' };

/** A provider that answers as told and keeps the keys it was called with. */
class ScriptedChannel implements Channel {
  readonly type: string;
  readonly honoursIdempotencyKey: boolean;
  readonly keys: string[] = [];
  answer: (request: ChannelRequest) => Promise<ChannelReceipt> | ChannelReceipt;

  constructor(type: string, honoursIdempotencyKey = false) {
    this.type = type;
    this.honoursIdempotencyKey = honoursIdempotencyKey;
    this.answer = () => ({ messageId: `${type}-${this.keys.length}`, status: 'accepted' });
  }
  parseAddress(address: unknown): unknown {
    return address;
  }
  parseMessage(message: unknown): unknown {
    return message;
  }
  async send(request: ChannelRequest): Promise<ChannelReceipt> {
    this.keys.push(request.idempotencyKey);
    return this.answer(request);
  }
  failWith(error: () => Error): void {
    this.answer = () => {
      throw error();
    };
  }
}

function setUp(options: InMemoryQueueAdapterOptions = {}, honoursKeys = false) {
  const clock = new VirtualClock();
  const email = new ScriptedChannel('email', honoursKeys);
  const sms = new ScriptedChannel('sms', honoursKeys);
  const notifications = new NotificationManager({ clock, onMiddlewareError: () => undefined });
  notifications.register(Welcome).registerChannel('mailer', email).registerChannel('texter', sms);
  const adapter = new InMemoryQueueAdapter({ clock, retryDelay: 1_000, maxRetries: 3, ...options });
  const queue = new QueueManager(adapter, notifications);
  return { clock, email, sms, notifications, adapter, queue };
}

describe('a queued notification', () => {
  it('is delivered once to each channel, and the job keeps what became of it', async () => {
    const { queue, clock, email, sms } = setUp();
    queue.startProcessing();
    const job = await queue.enqueue(new Welcome(), recipient);
    expect(job).toMatchObject({ status: 'pending', type: 'townkrier.notification', name: 'Welcome' });
    await clock.settle();
    const done = await queue.getJob(job.id);
    expect(done).toMatchObject({
      status: 'completed',
      result: {
        email: { status: 'sent', messageId: 'email-1' },
        sms: { status: 'sent', messageId: 'sms-1' },
      },
      deliveries: [
        { channel: 'email', status: 'sent', attempts: 1 },
        { channel: 'sms', status: 'sent', attempts: 1 },
      ],
    });
    expect([email.keys.length, sms.keys.length]).toEqual([1, 1]);
  });

  it('of which one channel fails for ever ends failed, with the other sent exactly once', async () => {
    const { queue, clock, email, sms } = setUp();
    sms.failWith(() => new TransientError('no route'));
    queue.startProcessing();
    const { id } = await queue.enqueue(new Welcome(), recipient);
    await clock.advance(60_000);
    const job = await queue.getJob(id);
    expect(job).toMatchObject({ status: 'failed', attempts: 4, error: { code: 'QUEUE_DELIVERY_FAILED' } });
    expect(job?.error?.message).toContain('sms failed');
    expect(job?.error?.message).not.toContain('email');
    expect([email.keys.length, sms.keys.length]).toEqual([1, 4]);
    expect(new Set(sms.keys).size).toBe(1);
  });

  it('that only permanent failures are left of fails at once', async () => {
    const { queue, clock, email, sms } = setUp();
    sms.failWith(() => new PermanentError('number is blocked'));
    queue.startProcessing();
    const { id } = await queue.enqueue(new Welcome(), recipient);
    await clock.settle();
    expect(await queue.getJob(id)).toMatchObject({ status: 'failed', attempts: 1 });
    expect([email.keys.length, sms.keys.length]).toEqual([1, 1]);
  });

  it('retried by hand sends only what was not delivered, under the same key', async () => {
    const { queue, clock, email, sms } = setUp();
    sms.failWith(() => new PermanentError('number is blocked'));
    queue.startProcessing();
    const { id } = await queue.enqueue(new Welcome(), recipient);
    await clock.settle();
    sms.answer = () => ({ messageId: 'sms-ok', status: 'accepted' });
    await queue.retryJob(id);
    await clock.settle();
    expect(await queue.getJob(id)).toMatchObject({ status: 'completed', replays: 1 });
    expect([email.keys.length, sms.keys.length]).toEqual([1, 2]);
    expect(new Set(sms.keys).size).toBe(1);
  });

  it('waits at least as long as the provider asked', async () => {
    const { queue, clock, sms } = setUp();
    sms.failWith(() => new RateLimitedError('slow down', { retryAfterMs: 20_000 }));
    queue.startProcessing();
    await queue.enqueue(new Welcome(), recipient);
    await clock.advance(19_999);
    expect(sms.keys).toHaveLength(1);
    await clock.advance(1);
    expect(sms.keys).toHaveLength(2);
  });

  it('uses up no retry while its provider rests', async () => {
    const { queue, clock, sms } = setUp({ maxRetries: 9, retryDelay: 1 });
    sms.failWith(() => new TransientError('down'));
    queue.startProcessing();
    const { id } = await queue.enqueue(new Welcome(), recipient);
    await clock.advance(29_000);
    const resting = await queue.getJob(id);
    expect(sms.keys).toHaveLength(5);
    expect(resting).toMatchObject({ status: 'retrying', attempts: 5 });
    expect(resting?.attemptLog.at(-1)?.outcome).toBe('postponed');
  });
});

describe('an unknown outcome', () => {
  it('is held where the provider does not honour keys: the job fails, nothing is sent again', async () => {
    const { queue, clock, sms } = setUp();
    sms.failWith(() => new UnknownOutcomeError('connection cut'));
    queue.startProcessing();
    const { id } = await queue.enqueue(new Welcome(), recipient);
    await clock.advance(60_000);
    const job = await queue.getJob(id);
    expect(job?.status).toBe('failed');
    expect(job?.deliveries[1]).toMatchObject({ status: 'unknown', isRetryable: false });
    expect(sms.keys).toHaveLength(1);
  });

  it('is tried again where it does', async () => {
    const { queue, clock, sms } = setUp({}, true);
    sms.failWith(() => new UnknownOutcomeError('connection cut'));
    queue.startProcessing();
    const { id } = await queue.enqueue(new Welcome(), recipient);
    await clock.settle();
    sms.answer = () => ({ messageId: 'sms-ok', status: 'accepted' });
    await clock.advance(60_000);
    expect((await queue.getJob(id))?.status).toBe('completed');
    expect(new Set(sms.keys).size).toBe(1);
  });

  it.each([
    [false, { status: 'failed', sends: 1, delivery: 'unknown' }],
    [true, { status: 'completed', sends: 2, delivery: 'sent' }],
  ])(
    'is what a delivery has that was under way when its attempt timed out (provider honours keys: %s)',
    async (honours, expected) => {
      const { queue, clock, sms } = setUp({ timeout: 5_000 }, honours);
      sms.answer = () =>
        sms.keys.length === 1 ? new Promise(() => undefined) : { messageId: 'sms-2', status: 'accepted' };
      queue.startProcessing();
      const { id } = await queue.enqueue(new Welcome(), recipient);
      await clock.settle();
      expect((await queue.getJob(id))?.deliveries[1]?.status).toBe('sending');
      await clock.advance(60_000);
      const job = await queue.getJob(id);
      expect(job?.status).toBe(expected.status);
      expect(job?.deliveries[1]?.status).toBe(expected.delivery);
      expect(sms.keys).toHaveLength(expected.sends);
    },
  );
});

describe('enqueue', () => {
  it('stores a moment ahead as scheduled and delivers at that moment', async () => {
    const { queue, clock, email } = setUp();
    queue.startProcessing();
    const scheduledFor = new Date(clock.now() + 60_000);
    const job = await queue.enqueue(new Welcome(), recipient, {
      scheduledFor,
      priority: 10,
      metadata: { source: 'test' },
    });
    expect(job).toMatchObject({
      status: 'scheduled',
      scheduledFor,
      priority: 10,
      metadata: { source: 'test' },
    });
    await clock.advance(59_999);
    expect(email.keys).toHaveLength(0);
    await clock.advance(1);
    expect(email.keys).toHaveLength(1);
  });

  it('gives back the first job for a second one with its idempotency key, and announces only one', async () => {
    const { queue, notifications } = setUp();
    const queued = vi.fn();
    notifications.on('notification:queued', queued);
    const first = await queue.enqueue(new Welcome(), recipient, { idempotencyKey: 'welcome-1' });
    const second = await queue.enqueue(new Welcome(), recipient, { idempotencyKey: 'welcome-1' });
    expect(second.id).toBe(first.id);
    expect(queued).toHaveBeenCalledTimes(2); // one event for each channel of the first
  });

  it('sends only to the channels it is given', async () => {
    const { queue, clock, email, sms } = setUp();
    queue.startProcessing();
    await queue.enqueue(new Welcome(), recipient, { channels: ['sms'] });
    await clock.settle();
    expect([email.keys.length, sms.keys.length]).toEqual([0, 1]);
  });

  it('of many stores all or none', async () => {
    const { queue } = setUp({ maxJobs: 2 });
    const requests = [1, 2, 3].map(() => ({ notification: new Welcome(), recipient }));
    await expect(queue.enqueueMany(requests)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect((await queue.findJobs()).total).toBe(0);
    expect(await queue.enqueueMany(requests.slice(1))).toHaveLength(2);
  });

  it.each([
    [{ priority: 5_000 }, /priority.*5000/],
    [{ maxRetries: Number.NaN }, /maxRetries.*NaN/],
    [{ timeout: -1 }, /timeout.*-1/],
    [{ scheduledFor: new Date(Number.NaN) }, /scheduledFor/],
    [{ delay: 5 }, /unknown key delay .*scheduledFor/],
  ])('refuses %j, naming key and value', async (config, message) => {
    const { queue } = setUp();
    await expect(queue.enqueue(new Welcome(), recipient, config as object)).rejects.toThrow(message);
  });

  it('refuses metadata that cannot be stored, with its path', async () => {
    const { queue } = setUp();
    const metadata = { callback: { done: () => undefined } };
    await expect(queue.enqueue(new Welcome(), recipient, { metadata })).rejects.toThrow(
      /metadata.*callback.*done/,
    );
  });

  it('refuses a notification that is too large', async () => {
    const { queue } = setUp({ maxPayloadBytes: 200 });
    await expect(queue.enqueue(new Welcome(), recipient)).rejects.toMatchObject({
      code: 'QUEUE_PAYLOAD_TOO_LARGE',
    });
  });

  it('is refused after close, and so is processing', async () => {
    const { queue } = setUp();
    queue.startProcessing();
    await queue.close();
    await queue.close();
    await expect(queue.enqueue(new Welcome(), recipient)).rejects.toMatchObject({ code: 'QUEUE_CLOSED' });
    expect(() => queue.startProcessing()).toThrow(/closed/);
  });

  it('says what is missing without a notification manager', async () => {
    const queue = new QueueManager(new InMemoryQueueAdapter());
    await expect(queue.enqueue(new Welcome(), recipient)).rejects.toMatchObject({
      code: 'QUEUE_NO_NOTIFICATION_MANAGER',
    });
    await expect(queue.sendNow(new Welcome(), recipient)).rejects.toMatchObject({
      code: 'QUEUE_NO_NOTIFICATION_MANAGER',
    });
    expect(() => queue.startProcessing()).toThrow(/setNotificationManager/);
  });
});

describe('a job that a worker cannot run', () => {
  it('of a type nobody handles fails loudly and can be started again', async () => {
    const { queue, clock, adapter } = setUp();
    queue.startProcessing();
    const [job] = await adapter.add([{ type: 'report.build', payload: null }]);
    await clock.advance(60_000);
    expect(await queue.getJob(job?.id ?? '')).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'QUEUE_JOB_TYPE_UNKNOWN' },
    });
    await queue.stopProcessing();
    await queue.retryJob(job?.id ?? '');
    expect(await queue.getJob(job?.id ?? '')).toMatchObject({ status: 'pending', replays: 1 });
  });

  it('of a notification nobody registered in this process fails loudly and is delivered once somebody does', async () => {
    const { queue, clock, email } = setUp();
    const job = await queue.enqueue(new Welcome(), recipient);
    const other = new NotificationManager({ clock });
    queue.setNotificationManager(other);
    queue.startProcessing();
    await clock.advance(60_000);
    expect(await queue.getJob(job.id)).toMatchObject({
      status: 'failed',
      error: { code: 'NOTIFICATION_TYPE_UNKNOWN' },
    });
    other
      .register(Welcome)
      .registerChannel('mailer', email)
      .registerChannel('texter', new ScriptedChannel('sms'));
    await queue.retryJob(job.id);
    await clock.settle();
    expect((await queue.getJob(job.id))?.status).toBe('completed');
  });
});

describe('deliveries nobody will try any more', () => {
  it.each([
    ['cancelled', async (queue: QueueManager, id: string) => queue.cancelJob(id)],
    ['deleted', async (queue: QueueManager, id: string) => queue.deleteJob(id)],
  ])('are announced when their job is %s', async (word, act) => {
    const { queue, notifications } = setUp();
    const withdrawn = vi.fn(async () => undefined);
    notifications.use({ name: 'log', withdrawn });
    const job = await queue.enqueue(new Welcome(), recipient);
    await act(queue, job.id);
    expect(withdrawn).toHaveBeenCalledWith(
      job.deliveries.map((one) => one.idempotencyKey),
      `the job was ${word}`,
    );
  });

  it('are announced when their job fails before it could try them', async () => {
    const { queue, notifications, clock } = setUp({ maxRetries: 0 });
    const withdrawn = vi.fn(async () => undefined);
    notifications.use({ name: 'log', withdrawn });
    const job = await queue.enqueue(new Welcome(), recipient);
    vi.spyOn(notifications, 'deliver').mockRejectedValue(new Error('nothing works'));
    queue.startProcessing();
    await clock.settle();
    expect(withdrawn).toHaveBeenCalledWith(
      job.deliveries.map((one) => one.idempotencyKey),
      'nothing works',
    );
  });
});

describe('processing', () => {
  it('starts once however often it is asked to, and again after it was stopped', async () => {
    const { queue, clock, adapter, email } = setUp();
    const work = vi.spyOn(adapter, 'work');
    queue.startProcessing({ pollInterval: 2_000 });
    queue.startProcessing();
    expect(work).toHaveBeenCalledTimes(1);
    void queue.stopProcessing();
    queue.startProcessing();
    await queue.enqueue(new Welcome(), recipient);
    await clock.settle();
    expect(email.keys).toHaveLength(1);
  });

  it('drains what is in hand before stopProcessing resolves, and stopping twice is fine', async () => {
    const { queue, clock, email } = setUp();
    const { promise, resolve } = Promise.withResolvers<ChannelReceipt>();
    email.answer = () => promise;
    queue.startProcessing();
    const { id } = await queue.enqueue(new Welcome(), recipient);
    await clock.settle();
    const stopped = queue.stopProcessing().then(() => 'stopped');
    void queue.stopProcessing();
    expect(await Promise.race([stopped, clock.settle().then(() => 'waiting')])).toBe('waiting');
    resolve({ messageId: 'm', status: 'accepted' });
    await stopped;
    expect((await queue.getJob(id))?.status).toBe('completed');
  });

  it.each([[{ pollInterval: -1 }], [{ concurrency: 0 }], [{ concurency: 2 }]])('refuses %j', (options) => {
    const { queue } = setUp();
    expect(() => queue.startProcessing(options as object)).toThrow(/startProcessing/);
  });

  it('stops when there is nothing to stop', async () => {
    await expect(setUp().queue.stopProcessing()).resolves.toBeUndefined();
  });
});

describe('sendNow', () => {
  it('sends without a job and resolves with one result a channel', async () => {
    const { queue } = setUp();
    const results = await queue.sendNow(new Welcome(), recipient);
    expect([...results].map(([channel, { status }]) => [channel, status])).toEqual([
      ['email', 'sent'],
      ['sms', 'sent'],
    ]);
    expect((await queue.findJobs()).total).toBe(0);
  });
});

describe('trouble with what a manager looks after', () => {
  it('is told to onError, and tried again', async () => {
    const clock = new VirtualClock();
    const adapter = new InMemoryQueueAdapter({ clock });
    const { shared } = adapter;
    if (shared === undefined) throw new Error('the memory shares values');
    const list = shared.list.bind(shared);
    shared.list = (prefix) =>
      prefix.startsWith('schedule') ? Promise.reject(new Error(`away: ${prefix}`)) : list(prefix);
    const errors: unknown[] = [];
    const queue = new QueueManager(adapter, undefined, { clock, onError: (error) => errors.push(error) });
    queue.handle(defineJob({ name: 'nothing', payload: z.null() }), () => undefined);
    queue.startProcessing();
    await clock.advance(1);
    expect(errors).toMatchObject([{ message: 'away: schedule:' }]);
    await queue.close();
  });
});
