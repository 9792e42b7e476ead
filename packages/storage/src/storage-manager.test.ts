import { VirtualClock } from '@townkrier/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ContentPrivacy,
  InMemoryStorageAdapter,
  type NewNotificationLog,
  NotificationLogStatus,
  type StorageAdapter,
  StorageManager,
} from './index.ts';

let clock: VirtualClock;
let adapter: InMemoryStorageAdapter;
let manager: StorageManager;

beforeEach(() => {
  clock = new VirtualClock();
  adapter = new InMemoryStorageAdapter({ clock });
  manager = new StorageManager(adapter, { clock });
});

const ADA = 'ada@example.com';

function newLog(log: Partial<NewNotificationLog> = {}): NewNotificationLog {
  return {
    notificationId: 'n1',
    channel: 'email',
    recipient: ADA,
    status: NotificationLogStatus.SENT,
    ...log,
  };
}

describe('logging by hand', () => {
  it('stores the row, masked, and gives it back as stored', async () => {
    const log = await manager.logNotification(
      newLog({
        subject: 'Order for ada@example.com',
        content: 'Call +49 151 12345678',
        error: 'refused ada@example.com',
      }),
    );
    expect(log).toMatchObject({
      recipient: 'a***@example.com',
      contentPrivacy: 'masked',
      attempts: 0,
      retryLogs: [],
    });
    expect(log.createdAt).toEqual(clock.date);
    expect(JSON.stringify(log)).not.toMatch(/ada@|12345678/);
    expect(await adapter.get(log.id)).toEqual(log);
  });

  it('masks the recipient and declared values in every text of the row', async () => {
    const log = await manager.logNotification(
      newLog({
        subject: 'Dear Grace Hopper',
        content: '<p title="Grace Hopper">Grace <b>Hopper</b></p>',
        contentType: 'html',
        reason: 'Grace Hopper said no',
        error: 'no mailbox for Grace Hopper',
        tags: ['Grace Hopper'],
        metadata: { customer: { name: 'Grace Hopper' }, to: [ADA] },
        retryLogs: [
          { attempt: 1, status: 'failed', timestamp: clock.date, error: `550 ${ADA}, Grace Hopper` },
        ],
        personalValues: ['Grace Hopper'],
      }),
    );
    expect(JSON.stringify(log)).not.toMatch(/Grace|Hopper|ada@/);
  });

  it('keeps the row’s own level over the adapter’s', async () => {
    const open = await manager.logNotification(
      newLog({ contentPrivacy: ContentPrivacy.PUBLIC, subject: 'Hi ada@example.com' }),
    );
    expect(open).toMatchObject({ contentPrivacy: 'public', recipient: ADA, subject: 'Hi ada@example.com' });
    const closed = await manager.logNotification(
      newLog({ contentPrivacy: ContentPrivacy.PRIVATE, subject: 'x', metadata: { a: 1 } }),
    );
    expect(closed).toMatchObject({ contentPrivacy: 'private', recipient: '' });
    expect(closed).not.toHaveProperty('subject');
    expect(closed).not.toHaveProperty('metadata');
  });

  it('takes the adapter’s level where the row names none, else masks', async () => {
    const strict = new StorageManager(
      new InMemoryStorageAdapter({ contentPrivacyLevel: ContentPrivacy.PRIVATE }),
    );
    expect((await strict.logNotification(newLog())).contentPrivacy).toBe('private');
    const silent: StorageAdapter = { ...methodsOf(adapter), durability: 'process' };
    expect((await new StorageManager(silent).logNotification(newLog())).contentPrivacy).toBe('masked');
  });

  it('cuts content beyond its limit without showing half a value at the cut', async () => {
    const content = `${'x '.repeat(131_068)}Grace Hopper, again and again`;
    const log = await manager.logNotification(newLog({ content, personalValues: ['Grace Hopper'] }));
    expect(log.content?.length).toBeLessThan(262_144);
    expect(log.content).toMatch(/truncated\]$/);
    expect(log.content).not.toMatch(/Grace|Hop/);
  });

  it('refuses a malformed row, naming the field and never its value', async () => {
    const wrong: Record<string, unknown> = {
      ...newLog(),
      status: 'sended',
      sentAt: new Date(Number.NaN),
      recipient: 5,
      secret: 'S3CRET',
    };
    const refusal = manager.logNotification(wrong as unknown as NewNotificationLog);
    await expect(refusal).rejects.toMatchObject({ code: 'STORAGE_LOG_INVALID' });
    await expect(refusal).rejects.toThrow(/status.*/);
    await expect(refusal).rejects.toThrow(/sentAt/);
    await expect(refusal).rejects.not.toThrow(/S3CRET/);
    expect((await manager.getStats()).total).toBe(0);
  });

  it('refuses a second row for one delivery', async () => {
    await manager.logNotification(newLog({ idempotencyKey: 'key' }));
    await expect(manager.logNotification(newLog({ idempotencyKey: 'key' }))).rejects.toMatchObject({
      code: 'STORAGE_DUPLICATE',
    });
  });
});

describe('updating a row', () => {
  it('masks what it brings', async () => {
    const { id } = await manager.logNotification(newLog());
    await clock.advance(5);
    const log = await manager.updateLog(id, {
      status: 'failed',
      error: 'mailbox bob@example.com full; Grace Hopper',
      metadata: { phone: '+49 151 12345678' },
      personalValues: ['Grace Hopper'],
    });
    expect(log).toMatchObject({ status: 'failed', updatedAt: clock.date });
    expect(JSON.stringify(log)).not.toMatch(/bob@|12345678|Grace/);
  });

  it('leaves a row that is handed back whole as it was, but for what differs', async () => {
    const log = await manager.logNotification(newLog({ subject: 'Hello ada@example.com' }));
    const updated = await manager.updateLog(log.id, { ...log, status: 'delivered' });
    expect(updated).toEqual({ ...log, status: 'delivered' });
    expect((await manager.queryLogs({ recipient: ADA })).total).toBe(1);
  });

  it('finds the row by its new recipient', async () => {
    const { id } = await manager.logNotification(newLog());
    await manager.updateLog(id, { recipient: 'bob@example.org' });
    expect((await manager.queryLogs({ recipient: ADA })).total).toBe(0);
    expect((await manager.queryLogs({ recipient: 'bob@example.org' })).logs[0]?.recipient).toBe(
      'b***@example.org',
    );
  });

  it('can raise the level, which masks all of the row again', async () => {
    const { id } = await manager.logNotification(
      newLog({
        contentPrivacy: ContentPrivacy.PUBLIC,
        subject: `For ${ADA}`,
        error: `no ${ADA}`,
        metadata: { to: ADA },
      }),
    );
    const masked = await manager.updateLog(id, { contentPrivacy: ContentPrivacy.MASKED });
    expect(masked).toMatchObject({ contentPrivacy: 'masked', recipient: 'a***@example.com' });
    expect(JSON.stringify(masked)).not.toContain('ada@');
    const hidden = await manager.updateLog(id, { contentPrivacy: ContentPrivacy.PRIVATE });
    expect(Object.keys(hidden)).not.toEqual(expect.arrayContaining(['subject']));
    for (const field of ['subject', 'error', 'metadata'])
      expect(await adapter.get(id)).not.toHaveProperty(field);
    expect((await manager.queryLogs({ recipient: ADA })).total).toBe(1);
  });

  it('never lowers the level', async () => {
    const { id } = await manager.logNotification(newLog({ contentPrivacy: ContentPrivacy.PRIVATE }));
    await expect(
      manager.updateLog(id, { contentPrivacy: ContentPrivacy.PUBLIC, subject: 'x' }),
    ).rejects.toMatchObject({
      code: 'STORAGE_PRIVACY_LOWERED',
    });
    expect(await manager.updateLog(id, { subject: 'x', metadata: { a: 1 } })).not.toHaveProperty('subject');
  });

  it('does not lose a level that is raised while another update is under way', async () => {
    const { id } = await manager.logNotification(newLog({ contentPrivacy: ContentPrivacy.PUBLIC }));
    await Promise.all([
      manager.updateLog(id, { contentPrivacy: ContentPrivacy.PRIVATE }),
      manager.updateLog(id, { subject: `For ${ADA}` }),
    ]);
    expect(await manager.getLog(id)).not.toHaveProperty('subject');
  });

  it('refuses an unknown row, another id and another createdAt', async () => {
    const { id } = await manager.logNotification(newLog());
    await expect(manager.updateLog('nobody', { status: 'sent' })).rejects.toMatchObject({
      code: 'STORAGE_LOG_NOT_FOUND',
    });
    await expect(manager.updateLog(id, { id: 'other' })).rejects.toMatchObject({
      code: 'STORAGE_LOG_INVALID',
    });
    await expect(manager.updateLog(id, { createdAt: new Date(0) })).rejects.toMatchObject({
      code: 'STORAGE_LOG_INVALID',
    });
  });
});

describe('asking', () => {
  it.each([
    { limit: Number.NaN },
    { limit: 0 },
    { limit: -1 },
    { limit: 1001 },
    { limit: 1.5 },
    { limit: Number.POSITIVE_INFINITY },
    { offset: -1 },
    { offset: Number.NaN },
    { startDate: new Date('no date') },
    { endDate: '2026-01-01' },
    { startDate: new Date(2), endDate: new Date(1) },
    { sortBy: 'subject' },
    { sortOrder: 'up' },
    { status: 'sended' },
    { status: [] },
    { channel: '' },
    { unknown: true },
  ])('refuses the filter %o', async (filter) => {
    await expect(manager.queryLogs(filter as object)).rejects.toMatchObject({
      code: 'STORAGE_FILTER_INVALID',
    });
  });

  it('takes a filter that is undefined for one that is not there', async () => {
    await manager.logNotification(newLog());
    const filters: object = { channel: undefined, status: undefined, limit: undefined };
    expect((await manager.queryLogs(filters)).total).toBe(1);
    expect((await manager.queryLogs()).total).toBe(1);
  });

  it('refuses statistics and cleanups of no moment', async () => {
    await expect(manager.getStats({ startDate: new Date(Number.NaN) })).rejects.toMatchObject({
      code: 'STORAGE_FILTER_INVALID',
    });
    await expect(manager.cleanup(new Date(Number.NaN))).rejects.toMatchObject({
      code: 'STORAGE_FILTER_INVALID',
    });
  });

  it('finds a recipient in any spelling, and not by a part', async () => {
    await manager.logNotification(newLog());
    await manager.logNotification(newLog({ channel: 'sms', recipient: '+49 151 123-45678' }));
    expect((await manager.queryLogs({ recipient: 'ADA@Example.com ' })).total).toBe(1);
    expect((await manager.queryLogs({ recipient: '004915112345678' })).total).toBe(1);
    expect((await manager.queryLogs({ recipient: 'ada' })).total).toBe(0);
  });

  it('can give the statistics of the usage guide', async () => {
    const many = (count: number, log: Partial<NewNotificationLog>) =>
      Promise.all(Array.from({ length: count }, () => manager.logNotification(newLog(log))));
    await many(800, { channel: 'email', sentAt: clock.date, deliveredAt: clock.date });
    await many(100, { channel: 'sms', sentAt: clock.date, deliveredAt: clock.date });
    await many(50, { channel: 'sms', sentAt: clock.date });
    await many(50, { channel: 'sms', status: 'failed' });
    expect(await manager.getStats()).toEqual({
      total: 1000,
      sent: 950,
      delivered: 900,
      failed: 50,
      retrying: 0,
      byChannel: { email: 800, sms: 200 },
      byStatus: { sent: 950, failed: 50 },
    });
  });
});

describe('deleting', () => {
  it('cleans up in batches and says how many rows went', async () => {
    await Promise.all(Array.from({ length: 2500 }, () => manager.logNotification(newLog())));
    await clock.advance(1000);
    await manager.logNotification(newLog());
    expect(await manager.cleanup(clock.date)).toBe(2500);
    expect(await manager.cleanup(clock.date)).toBe(0);
    expect((await manager.getStats()).total).toBe(1);
  });

  it('erases a recipient at every level, by address or as the recipient gave it', async () => {
    await manager.logNotification(newLog({ contentPrivacy: ContentPrivacy.PRIVATE }));
    await manager.logNotification(newLog({ contentPrivacy: ContentPrivacy.PUBLIC }));
    await manager.logNotification(newLog({ recipient: 'bob@example.com' }));
    await manager.logNotification(newLog({ channel: 'push', recipient: 'device-token-1' }));
    expect(await manager.eraseRecipient('Ada@example.com')).toBe(2);
    expect(await manager.eraseRecipient(ADA)).toBe(0);
    expect(
      await manager.eraseRecipient({ channel: 'push', address: { deviceToken: 'device-token-1' } }),
    ).toBe(1);
    expect((await manager.getStats()).total).toBe(1);
  });
});

describe('events', () => {
  it('tell ids and states after the change is stored, never people or content', async () => {
    const heard: unknown[] = [];
    const stored: Promise<unknown>[] = [];
    manager.on('log:created', (event) => {
      heard.push(event);
      stored.push(manager.getLog(event.logId));
    });
    manager.on('log:updated', (event) => heard.push(event));
    manager.on('log:deleted', (event) => heard.push(event));
    const { id } = await manager.logNotification(newLog({ subject: 'secret' }));
    await manager.updateLog(id, { status: 'delivered' });
    await manager.eraseRecipient(ADA);
    const event = { at: clock.date, logId: id, notificationId: 'n1', channel: 'email' };
    expect(heard).toEqual([
      { ...event, status: 'sent' },
      { ...event, status: 'delivered' },
      { at: clock.date, count: 1, cause: 'erasure' },
    ]);
    expect(await Promise.all(stored)).toMatchObject([{ id }]);
  });

  it('stay away after undo, and when nothing was deleted', async () => {
    let calls = 0;
    const undo = manager.on('log:created', () => calls++);
    manager.on('log:deleted', () => calls++);
    undo();
    await manager.logNotification(newLog());
    await manager.cleanup(new Date(0));
    expect(calls).toBe(0);
  });

  it('cannot break the log', async () => {
    const errors: unknown[] = [];
    manager = new StorageManager(adapter, { clock, onListenerError: (error) => errors.push(error) });
    manager.on('log:created', () => {
      throw new Error('listener');
    });
    await manager.logNotification(newLog());
    expect(errors).toEqual([new Error('listener')]);
  });
});

describe('construction and end', () => {
  it('needs a hashKey where rows outlive the process', () => {
    const durable: StorageAdapter = { ...methodsOf(adapter), durability: 'machine' };
    expect(() => new StorageManager(durable)).toThrow(/hashKey/);
    expect(() => new StorageManager(durable, { hashKey: 'short' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    expect(() => new StorageManager(durable, { hashKey: 'a-long-enough-secret' })).not.toThrow();
    expect(() => new StorageManager(durable, { hashKey: new Uint8Array(32) })).not.toThrow();
  });

  it('gives one hash for one key, and another for another', async () => {
    const hashWith = async (hashKey: string) =>
      (await new StorageManager(adapter, { hashKey }).logNotification(newLog())).recipientHash;
    expect(await hashWith('first-secret-key')).toBe(await hashWith('first-secret-key'));
    expect(await hashWith('first-secret-key')).not.toBe(await hashWith('second-secret-key'));
    expect(await hashWith('first-secret-key')).toMatch(/^r1:[\w-]{22}$/);
  });

  it('refuses unknown options and never shows the key', () => {
    const options: object = { hashkey: 'my-secret-hash-key' };
    expect(() => new StorageManager(adapter, options)).toThrow(/hashkey.*known: hashKey/);
    expect(() => new StorageManager(adapter, { hashKey: 'short-secret' })).not.toThrow(/short-secret/);
  });

  it('closes its adapter, twice if asked, and refuses from then on', async () => {
    await manager.close();
    await manager.close();
    await expect(manager.logNotification(newLog())).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
    await expect(manager.queryLogs()).rejects.toMatchObject({ code: 'STORAGE_CLOSED' });
  });
});

function methodsOf(of: StorageAdapter): StorageAdapter {
  return {
    save: (logs) => of.save(logs),
    update: (id, patch) => of.update(id, patch),
    get: (id) => of.get(id),
    getByIdempotencyKey: (key) => of.getByIdempotencyKey(key),
    query: (query) => of.query(query),
    stats: (filters) => of.stats(filters),
    deleteOlderThan: (moment, limit) => of.deleteOlderThan(moment, limit),
    deleteByRecipient: (hash) => of.deleteByRecipient(hash),
  };
}
