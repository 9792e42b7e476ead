import {
  type DeliverOptions,
  Notification,
  PermanentError,
  type StoredNotification,
  TransientError,
  UnknownOutcomeError,
} from '@townkrier/core';
import { describe, expect, it, vi } from 'vitest';
import { ContentPrivacy, type StorageAdapter } from '../src/index.ts';
import { type Recording, startRecording } from './recording.ts';

class Welcome extends Notification {
  static override readonly type = 'welcome';
  readonly name: string = 'Ada Lovelace';
  channels: string[] = ['email'];

  override via(): string[] {
    return this.channels;
  }

  override toEmail() {
    return { subject: `Welcome, ${this.name}`, html: `<p>Hello <b>${this.name}</b></p>` };
  }

  override toSms() {
    return { text: `Hello ${this.name}` };
  }
}

const ADA = { email: { email: 'ada@example.com' }, sms: { phone: '+4915112345678' } };

/** A delivery a queue has stored, tried as often as the test says. */
async function enqueue(
  recording: Recording,
  options: { readonly scheduledFor?: Date; readonly maxAttempts?: number } = {},
) {
  const stored = await recording.notifications.prepare(new Welcome(), ADA);
  await recording.notifications.announceQueued(stored, { jobId: 'job-1', maxAttempts: 3, ...options });
  return stored;
}

function attempt(
  recording: Recording,
  stored: StoredNotification,
  number: number,
  options: DeliverOptions = {},
) {
  return recording.notifications.deliver(stored, {
    jobId: 'job-1',
    attempt: number,
    maxAttempts: 3,
    ...options,
  });
}

describe('a recorded send', () => {
  it('has one row a delivery, with provider, message and moments', async () => {
    const recording = startRecording();
    await recording.notifications.send(new Welcome(), ADA, { metadata: { campaign: 'spring' } });
    expect(await recording.onlyLog()).toMatchObject({
      notificationType: 'welcome',
      channel: 'email',
      status: 'sent',
      recipient: 'a***@example.com',
      provider: 'my-email',
      messageId: 'email-1',
      attempts: 1,
      retryLogs: [],
      contentType: 'html',
      contentPrivacy: 'masked',
      metadata: { campaign: 'spring' },
      sentAt: recording.clock.date,
    });
  });

  it('masks the values the notification was made from, wherever its message has them', async () => {
    const recording = startRecording();
    await recording.notifications.send(new Welcome(), ADA);
    const { subject, content } = await recording.onlyLog();
    expect(subject).toMatch(/^Welcome, /);
    expect(content).toContain('Hello');
    expect(`${subject}${content}`).not.toMatch(/Ada|Lovelace/);
  });

  it('is "sending" in the log before its provider is called', async () => {
    const recording = startRecording();
    const seen: string[] = [];
    recording.email.onSend = async () => {
      seen.push((await recording.onlyLog()).status);
    };
    await recording.notifications.send(new Welcome(), ADA);
    expect(seen).toEqual(['sending']);
  });

  it('is delivered when the provider knows that it arrived', async () => {
    const recording = startRecording();
    recording.email.script = [{ messageId: 'm', status: 'delivered' }];
    await recording.notifications.send(new Welcome(), ADA);
    expect(await recording.onlyLog()).toMatchObject({
      status: 'delivered',
      deliveredAt: recording.clock.date,
    });
  });

  it('fails for good when a direct send fails, with the error', async () => {
    const recording = startRecording();
    recording.email.script = [new TransientError('The provider is away: HTTP 503.')];
    await expect(recording.notifications.send(new Welcome(), ADA)).rejects.toThrow();
    expect(await recording.onlyLog()).toMatchObject({
      status: 'failed',
      error: 'The provider is away: HTTP 503.',
      errorCode: 'CHANNEL_UNAVAILABLE',
      failedAt: recording.clock.date,
      retryLogs: [{ attempt: 1, status: 'failed', provider: 'my-email' }],
    });
  });

  it('is skipped with the reason of the middleware that decided so, wherever that stands', async () => {
    const recording = startRecording();
    recording.notifications.use({
      name: 'quiet',
      deliver: async () => ({ status: 'skipped', reason: 'quiet hours' }),
    });
    await recording.notifications.send(new Welcome(), ADA);
    expect(await recording.onlyLog()).toMatchObject({
      status: 'skipped',
      reason: 'quiet hours',
      attempts: 0,
    });
  });

  it('is skipped with the reason that shouldSend gave', async () => {
    const recording = startRecording();
    class Declined extends Welcome {
      override shouldSend(): string {
        return 'unsubscribed';
      }
    }
    await recording.notifications.send(new Declined(), ADA);
    expect(await recording.onlyLog()).toMatchObject({
      status: 'skipped',
      reason: 'unsubscribed',
      attempts: 0,
    });
  });

  it('has a row for a message that could not be rendered', async () => {
    const recording = startRecording();
    class Broken extends Welcome {
      override toEmail(): never {
        throw new Error('template is broken');
      }
    }
    await expect(recording.notifications.send(new Broken(), ADA)).rejects.toThrow();
    expect(await recording.onlyLog()).toMatchObject({
      status: 'failed',
      attempts: 1,
      errorCode: 'MESSAGE_RENDER_FAILED',
    });
  });

  it('records each channel and address for itself', async () => {
    const recording = startRecording();
    recording.sms.script = [new PermanentError('The number is blocked.')];
    const notification = new Welcome();
    notification.channels = ['email', 'sms'];
    const recipient = { email: ['ada@example.com', 'bob@example.com'], sms: '+4915112345678' };
    await expect(recording.notifications.send(notification, recipient)).rejects.toThrow();
    const logs = await recording.logs();
    expect(logs.map(({ channel, status }) => `${channel} ${status}`).sort()).toEqual([
      'email sent',
      'email sent',
      'sms failed',
    ]);
  });

  it('names the providers it failed over from', async () => {
    const recording = startRecording();
    const second = Object.assign(Object.create(Object.getPrototypeOf(recording.email)), recording.email, {
      script: [],
    });
    recording.notifications
      .registerChannel('second-email', second, { priority: -1 })
      .setFallbackEnabled(true);
    recording.email.script = [new TransientError('HTTP 503')];
    await recording.notifications.send(new Welcome(), ADA);
    const { provider, status, retryLogs } = await recording.onlyLog();
    expect([provider, status]).toEqual(['second-email', 'sent']);
    expect(retryLogs.map((retry) => `${retry.provider} ${retry.status}`)).toEqual([
      'my-email failed',
      'second-email sent',
    ]);
  });
});

describe('a recorded job', () => {
  it('is pending once queued, and keeps its row through all tries', async () => {
    const recording = startRecording();
    const stored = await enqueue(recording);
    const { id, ...queued } = await recording.onlyLog();
    expect(queued).toMatchObject({ status: 'pending', jobId: 'job-1', attempts: 0 });
    await attempt(recording, stored, 1);
    expect(await recording.onlyLog()).toMatchObject({ id, status: 'sent', attempts: 1, contentType: 'html' });
  });

  it('is scheduled when it is due later', async () => {
    const recording = startRecording();
    const scheduledFor = new Date(recording.clock.now() + 60_000);
    await enqueue(recording, { scheduledFor });
    expect(await recording.onlyLog()).toMatchObject({ status: 'scheduled', scheduledFor });
  });

  it('retries, with each failed try in retryLogs, and is sent at last', async () => {
    const recording = startRecording();
    const stored = await enqueue(recording);
    recording.email.script = [new TransientError('HTTP 503'), new TransientError('HTTP 502')];
    await attempt(recording, stored, 1);
    expect(await recording.onlyLog()).toMatchObject({ status: 'retrying', attempts: 1, error: 'HTTP 503' });
    await recording.clock.advance(1000);
    await attempt(recording, stored, 2);
    await recording.clock.advance(1000);
    await attempt(recording, stored, 3);
    const log = await recording.onlyLog();
    expect(log).toMatchObject({ status: 'sent', attempts: 3 });
    expect(log.retryLogs.map(({ attempt, status, error }) => [attempt, status, error])).toEqual([
      [1, 'failed', 'HTTP 503'],
      [2, 'failed', 'HTTP 502'],
      [3, 'sent', undefined],
    ]);
  });

  it('fails for good at its last try, and at once when trying again is pointless', async () => {
    const recording = startRecording();
    const stored = await enqueue(recording);
    recording.email.script = [new TransientError('HTTP 503')];
    await attempt(recording, stored, 3);
    expect((await recording.onlyLog()).status).toBe('failed');

    const refused = startRecording();
    const other = await enqueue(refused);
    refused.email.script = [new PermanentError('The sender is not verified.')];
    await attempt(refused, other, 1);
    expect((await refused.onlyLog()).status).toBe('failed');
  });

  it('is unknown when nobody knows and nobody tries again, and retrying when the provider honours keys', async () => {
    const recording = startRecording();
    const lost = () => new UnknownOutcomeError('The connection was cut.');
    recording.email.script = [lost(), lost()];
    const stored = await enqueue(recording);
    await attempt(recording, stored, 1);
    expect(await recording.onlyLog()).toMatchObject({
      status: 'retrying',
      retryLogs: [{ status: 'unknown' }],
    });
    await attempt(recording, stored, 3);
    expect((await recording.onlyLog()).status).toBe('unknown');
  });

  it('does not count a try that was aborted before a provider was asked', async () => {
    const recording = startRecording();
    const stored = await enqueue(recording);
    await attempt(recording, stored, 1, { signal: AbortSignal.abort() });
    expect(await recording.onlyLog()).toMatchObject({ status: 'retrying', attempts: 0, retryLogs: [] });
  });

  it('is cancelled with its reason when it is withdrawn, unless it has ended', async () => {
    const recording = startRecording();
    const stored = await enqueue(recording);
    const keys = stored.deliveries.map(({ idempotencyKey }) => idempotencyKey);
    await recording.notifications.announceWithdrawn(keys, 'cancelled by an operator');
    expect(await recording.onlyLog()).toMatchObject({
      status: 'cancelled',
      reason: 'cancelled by an operator',
    });
    await attempt(recording, stored, 1);
    await recording.notifications.announceWithdrawn(keys, 'too late');
    expect((await recording.onlyLog()).status).toBe('sent');
  });

  it('is unknown when it is given up while a provider was being asked', async () => {
    const recording = startRecording();
    const stored = await enqueue(recording);
    recording.email.onSend = async () => {
      await recording.notifications.announceWithdrawn(
        [stored.deliveries[0]?.idempotencyKey ?? ''],
        'worker died',
      );
      expect((await recording.onlyLog()).status).toBe('unknown');
    };
    await attempt(recording, stored, 1);
  });

  it('stays sent when its job is started again', async () => {
    const recording = startRecording();
    const stored = await enqueue(recording);
    await attempt(recording, stored, 1);
    await recording.notifications.announceQueued(stored, { jobId: 'job-1', maxAttempts: 3 });
    expect((await recording.onlyLog()).status).toBe('sent');
    recording.email.script = [new TransientError('HTTP 503')];
    await attempt(recording, stored, 1);
    expect(await recording.onlyLog()).toMatchObject({
      status: 'sent',
      attempts: 2,
      retryLogs: [{ status: 'failed' }],
    });
  });

  it('keeps the newest 50 tries', async () => {
    const recording = startRecording();
    const stored = await enqueue(recording, { maxAttempts: 100 });
    for (let number = 1; number <= 60; number += 1) {
      recording.email.script = [new PermanentError(`HTTP 400, try ${number}`)];
      await attempt(recording, stored, number, { maxAttempts: 100 });
    }
    const { retryLogs, attempts } = await recording.onlyLog();
    expect([retryLogs.length, retryLogs[0]?.attempt, attempts]).toEqual([50, 11, 60]);
  });
});

describe('privacy of recorded rows', () => {
  it('is decided per delivery, else by the adapter', async () => {
    const recording = startRecording({
      privacy: ({ notification }) => (notification.type === 'welcome' ? ContentPrivacy.PRIVATE : undefined),
    });
    await recording.notifications.send(new Welcome(), ADA, { metadata: { plan: 'gold' } });
    const log = await recording.onlyLog();
    expect(log).toMatchObject({ contentPrivacy: 'private', recipient: '' });
    for (const field of ['subject', 'content', 'metadata']) expect(log).not.toHaveProperty(field);
    expect((await recording.storage.queryLogs({ recipient: 'ADA@example.com' })).total).toBe(1);
  });

  it('is private when the app cannot say', async () => {
    const recording = startRecording({
      privacy: () => {
        throw new Error('policy is away');
      },
    });
    await recording.notifications.send(new Welcome(), ADA);
    expect((await recording.onlyLog()).contentPrivacy).toBe('private');
  });

  it('can be public when the adapter says so twice', async () => {
    const recording = startRecording({ adapterOptions: { maskSensitiveContent: false } });
    await recording.notifications.send(new Welcome(), ADA);
    expect(await recording.onlyLog()).toMatchObject({
      recipient: 'ada@example.com',
      subject: 'Welcome, Ada Lovelace',
    });
  });

  it('hides the error text of private rows and keeps its code', async () => {
    const recording = startRecording({ privacy: () => ContentPrivacy.PRIVATE });
    recording.email.script = [new PermanentError('550 Ada Lovelace is unknown here.')];
    await expect(recording.notifications.send(new Welcome(), ADA)).rejects.toThrow();
    const log = await recording.onlyLog();
    expect(log.errorCode).toBe('CHANNEL_REJECTED');
    expect(JSON.stringify(log)).not.toMatch(/550|unknown here/);
  });
});

describe('a log that fails', () => {
  const broken = (adapter: StorageAdapter): StorageAdapter => ({
    ...bind(adapter),
    save: async () => {
      throw new Error('disk full');
    },
  });

  it('never fails a send, and is told', async () => {
    const recording = startRecording({ wrap: broken });
    await recording.notifications.send(new Welcome(), ADA);
    expect(recording.email.sent).toBe(1);
    expect(recording.failures.map(({ step }) => step)).toEqual(['sending', 'result']);
    expect(recording.failures[0]?.error).toMatchObject({
      code: 'STORAGE_WRITE_FAILED',
      cause: new Error('disk full'),
    });
  });

  it('becomes a warning of the process when nobody listens', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const recording = startRecording({ wrap: broken });
    const { StorageManager } = await import('../src/index.ts');
    recording.stop();
    new StorageManager(broken(recording.adapter), { clock: recording.clock }).record(recording.notifications);
    await recording.notifications.send(new Welcome(), ADA);
    expect(warn).toHaveBeenCalledTimes(2);
    warn.mockRestore();
  });

  it('is waited for no longer than recordTimeout', async () => {
    const recording = startRecording({
      recordTimeout: 200,
      wrap: (adapter) => ({ ...bind(adapter), getByIdempotencyKey: () => new Promise(() => {}) }),
    });
    const sending = recording.notifications.send(new Welcome(), ADA);
    await recording.clock.advance(200);
    await recording.clock.advance(200);
    await sending;
    expect(recording.email.sent).toBe(1);
    expect(recording.failures.map(({ step, error }) => [step, error.code])).toEqual([
      ['sending', 'STORAGE_TIMEOUT'],
      ['result', 'STORAGE_TIMEOUT'],
    ]);
  });

  it('writes every row of a burst that is larger than what it writes at once', async () => {
    const recording = startRecording();
    const announced = Array.from({ length: 2500 }, async (_, index) => {
      const stored = await recording.notifications.prepare(new Welcome(), ADA);
      await recording.notifications.announceQueued(stored, { jobId: `job-${index}` });
    });
    await Promise.all(announced);
    expect(recording.failures).toEqual([]);
    expect((await recording.storage.queryLogs({})).total).toBe(2500);
  });

  it('does not pile up writes for ever when it hangs', async () => {
    const recording = startRecording({
      recordTimeout: 100,
      wrap: (adapter) => ({ ...bind(adapter), getByIdempotencyKey: () => new Promise(() => {}) }),
    });
    const keys = Array.from({ length: 1500 }, (_, index) => `key-${index}`);
    const told = recording.notifications.announceWithdrawn(keys, 'gone');
    await recording.clock.advance(100);
    await told;
    const codes = recording.failures.map(({ error }) => error.code);
    expect(codes.filter((code) => code === 'STORAGE_OVERLOADED')).toHaveLength(500);
    expect(codes.filter((code) => code === 'STORAGE_TIMEOUT')).toHaveLength(1000);
  });

  it('writes late what it could not write in time, in order', async () => {
    let letGo = (): void => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const recording = startRecording({
      recordTimeout: 100,
      wrap: (adapter) => ({
        ...bind(adapter),
        async getByIdempotencyKey(key) {
          await gate;
          return adapter.getByIdempotencyKey(key);
        },
      }),
    });
    const sending = recording.notifications.send(new Welcome(), ADA);
    await recording.clock.advance(100);
    await recording.clock.advance(100);
    await sending;
    letGo();
    await recording.clock.settle();
    await recording.clock.settle();
    expect(await recording.onlyLog()).toMatchObject({ status: 'sent', attempts: 1 });
  });

  it('records the result even when the start could not be recorded', async () => {
    let isDown = true;
    const recording = startRecording({
      wrap: (adapter) => ({
        ...bind(adapter),
        async save(logs) {
          if (isDown) throw new Error('away');
          return adapter.save(logs);
        },
      }),
    });
    recording.email.onSend = async () => {
      isDown = false;
    };
    await recording.notifications.send(new Welcome(), ADA);
    expect(await recording.onlyLog()).toMatchObject({
      status: 'sent',
      attempts: 1,
      recipient: 'a***@example.com',
    });
  });

  it('finds the row that another process made meanwhile', async () => {
    let isFirst = true;
    const recording = startRecording({
      wrap: (adapter) => ({
        ...bind(adapter),
        async getByIdempotencyKey(key) {
          const known = await adapter.getByIdempotencyKey(key);
          const isHidden = isFirst && known === null;
          isFirst = false;
          if (isHidden) await adapter.save([otherProcessRow(key)]);
          return known;
        },
      }),
    });
    await recording.notifications.send(new Welcome(), ADA);
    expect(await recording.onlyLog()).toMatchObject({ id: 'other', status: 'sent' });
    expect(recording.failures).toEqual([]);
  });
});

describe('recording', () => {
  it('ends with its undo', async () => {
    const recording = startRecording();
    recording.stop();
    recording.stop();
    await recording.notifications.send(new Welcome(), ADA);
    expect(await recording.logs()).toEqual([]);
  });

  it('refuses to record a manager twice, and can start again after its undo', async () => {
    const recording = startRecording();
    const again = () => recording.storage.record(recording.notifications);
    expect(again).toThrow(expect.objectContaining({ code: 'STORAGE_ALREADY_RECORDING' }));
    recording.stop();
    again();
    await recording.notifications.send(new Welcome(), ADA);
    expect((await recording.onlyLog()).status).toBe('sent');
  });

  it('refuses unknown and wrong options', () => {
    expect(() => startRecording({ recordTimeout: 0 })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    const misspelt: object = { recordTimout: 5 };
    expect(() => startRecording(misspelt)).toThrow(/recordTimout.*known: recordTimeout, privacy/);
  });
});

/** An adapter's methods as own properties, so that some can be replaced. */
function bind(adapter: StorageAdapter): StorageAdapter {
  return {
    durability: 'process',
    save: (logs) => adapter.save(logs),
    update: (id, patch) => adapter.update(id, patch),
    get: (id) => adapter.get(id),
    getByIdempotencyKey: (key) => adapter.getByIdempotencyKey(key),
    query: (query) => adapter.query(query),
    stats: (filters) => adapter.stats(filters),
    deleteOlderThan: (moment, limit) => adapter.deleteOlderThan(moment, limit),
    deleteByRecipient: (hash) => adapter.deleteByRecipient(hash),
  };
}

function otherProcessRow(idempotencyKey: string) {
  return {
    id: 'other',
    idempotencyKey,
    notificationId: 'n',
    channel: 'email',
    recipient: 'a***@example.com',
    status: 'pending' as const,
    contentPrivacy: ContentPrivacy.MASKED,
    attempts: 0,
    retryLogs: [],
    createdAt: new Date(0),
    updatedAt: new Date(0),
  };
}
