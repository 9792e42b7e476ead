import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  defineNotification,
  Notification,
  type NotificationClass,
  NotificationManager,
  type StoredNotification,
} from '../src/index.ts';
import { Note, rejectionOf } from './notifications.ts';
import { ScriptedChannel } from './scripted-channel.ts';

/** What another process makes of a stored notification: JSON, and classes registered anew. */
async function deliverElsewhere(stored: StoredNotification, ...classes: NotificationClass[]) {
  const email = new ScriptedChannel();
  const elsewhere = new NotificationManager().registerChannel('my-email', email).register(...classes);
  const results = await elsewhere.deliver(JSON.parse(JSON.stringify(stored)));
  return { results, messages: email.requests.map(({ message }) => message), request: email.requests[0] };
}

async function prepare(
  notification: Notification,
  ...classes: NotificationClass[]
): Promise<StoredNotification> {
  const manager = new NotificationManager().register(...classes);
  return manager.prepare(notification, { email: 'ada@example.com' });
}

class Invoice extends Notification {
  readonly #unset = undefined;
  amount: bigint;
  due: Date;
  items: Map<string, number>;

  constructor(amount: bigint, due: Date, items: Map<string, number>) {
    super();
    this.amount = amount;
    this.due = due;
    this.items = items;
  }

  via() {
    return ['email'];
  }

  override toEmail() {
    const items = [...this.items].map(([name, count]) => `${count} ${name}`);
    return { subject: 'Invoice', text: `${this.amount} by ${this.due.toISOString()}: ${items.join(', ')}` };
  }

  get hidden() {
    return this.#unset;
  }
}

const invoice = () => new Invoice(12n, new Date(0), new Map([['pens', 3]]));

describe('a plain class that is registered', () => {
  test('is revived from its fields in another process, without its constructor', async () => {
    let constructed = 0;
    class Counted extends Invoice {
      static override readonly type = 'invoice';
      constructor() {
        super(12n, new Date(0), new Map([['pens', 3]]));
        constructed += 1;
      }
    }
    const stored = await prepare(new Counted(), Counted);
    expect(stored.content.kind).toBe('fields');
    const { messages } = await deliverElsewhere(stored, Counted);
    expect(messages).toMatchObject([{ text: '12 by 1970-01-01T00:00:00.000Z: 3 pens' }]);
    expect(constructed).toBe(1);
  });

  test('keeps priority, reference, metadata, and each key', async () => {
    const note = invoice()
      .setPriority('high')
      .setReference('order-7')
      .setMetadata({ at: new Date(5) });
    const stored = await prepare(note, Invoice);
    expect(stored).toMatchObject({
      priority: 'high',
      reference: 'order-7',
      version: 1,
      format: 1,
      type: 'Invoice',
    });
    const { request } = await deliverElsewhere(stored, Invoice);
    expect(request).toMatchObject({
      metadata: { at: new Date(5) },
      idempotencyKey: stored.deliveries[0]?.idempotencyKey,
      notification: { id: stored.id, type: 'Invoice' },
    });
  });

  test('that holds something live is refused when stored, with its path', async () => {
    const note = Object.assign(invoice(), { user: { socket: new WeakMap() } });
    expect(await rejectionOf(prepare(note, Invoice))).toMatchObject({
      code: 'NOTIFICATION_NOT_STORABLE',
      message: expect.stringContaining('fields.user.socket'),
    });
  });

  test('is refused for an address or metadata that cannot be stored', async () => {
    const manager = new NotificationManager().register(Invoice);
    const webhook = { email: { email: 'a@x.io', onReply: () => undefined } };
    expect(await rejectionOf(manager.prepare(invoice(), webhook))).toMatchObject({
      message: expect.stringContaining('recipient.email.onReply'),
    });
    const metadata = { user: { id: Symbol('1') } };
    expect(await rejectionOf(manager.prepare(invoice(), { email: 'a' }, { metadata }))).toMatchObject({
      message: expect.stringContaining('metadata.user.id'),
    });
  });

  test('that is oversized is refused when stored', async () => {
    const note = Object.assign(invoice(), { report: 'x'.repeat(2_000_000) });
    expect(await rejectionOf(prepare(note, Invoice))).toMatchObject({ code: 'NOTIFICATION_NOT_STORABLE' });
  });

  test('with state nobody can see from outside says itself what to store', async () => {
    class Sealed extends Notification {
      readonly #code: string;
      constructor(code: string) {
        super();
        this.#code = code;
      }
      static override fromStored(stored: unknown) {
        return new Sealed(z.object({ code: z.string() }).parse(stored).code);
      }
      override toStored() {
        return { code: this.#code };
      }
      via() {
        return ['email'];
      }
      override toEmail() {
        return { subject: 'Code', text: this.#code };
      }
    }
    const { messages } = await deliverElsewhere(await prepare(new Sealed('42-17'), Sealed), Sealed);
    expect(messages).toMatchObject([{ text: '42-17' }]);
  });
});

describe('a class nobody registered', () => {
  test('is rendered when stored, and delivered by a process that never heard of it', async () => {
    const stored = await prepare(invoice());
    expect(stored.content).toMatchObject({ kind: 'messages', personalValues: ['pens'] });
    const { messages } = await deliverElsewhere(stored);
    expect(messages).toMatchObject([{ subject: 'Invoice', text: '12 by 1970-01-01T00:00:00.000Z: 3 pens' }]);
  });

  test('is asked shouldSend when stored, and skipped with that reason later', async () => {
    class Declined extends Note {
      override shouldSend() {
        return 'unsubscribed';
      }
    }
    const { results } = await deliverElsewhere(await prepare(new Declined()));
    expect(results).toMatchObject([{ status: 'skipped', reason: 'unsubscribed' }]);
  });

  test('is refused when a message cannot be stored', async () => {
    class Streaming extends Note {
      override toEmail() {
        return {
          subject: 'x',
          text: 'x',
          attachments: [{ filename: 'x', content: new (class extends Uint8Array {})() }],
        };
      }
    }
    expect(await rejectionOf(prepare(new Streaming()))).toMatchObject({
      code: 'NOTIFICATION_NOT_STORABLE',
      message: expect.stringContaining('messages.email.attachments[0].content'),
    });
  });

  test('counts even when it extends one that is registered', async () => {
    class Special extends Invoice {}
    expect((await prepare(new Special(1n, new Date(0), new Map()), Invoice)).content.kind).toBe('messages');
  });
});

describe('a typed notification', () => {
  const orderShipped = defineNotification({
    type: 'order.shipped',
    payload: z.object({ orderId: z.string(), at: z.coerce.date(), plan: z.string().default('gold') }),
    unmasked: ['plan'],
    channels: { email: ({ payload }) => ({ subject: payload.orderId, text: payload.at.toISOString() }) },
  });

  test('stores its checked payload and is revived from it', async () => {
    const stored = await prepare(
      orderShipped({ orderId: 'A1', at: '2026-01-01' }),
      orderShipped.notificationClass,
    );
    expect(stored).toMatchObject({
      type: 'order.shipped',
      content: {
        kind: 'payload',
        payload: { orderId: 'A1', plan: 'gold', at: { value: '2026-01-01T00:00:00.000Z' } },
      },
    });
    const { messages } = await deliverElsewhere(stored, orderShipped.notificationClass);
    expect(messages).toMatchObject([{ subject: 'A1', text: '2026-01-01T00:00:00.000Z' }]);
  });

  test('is registered by what defineNotification returned', async () => {
    const manager = new NotificationManager().register(orderShipped);
    const stored = await manager.prepare(orderShipped({ orderId: 'A1', at: 0 }), { email: 'a@x.io' });
    expect(stored.content.kind).toBe('payload');
  });

  test('declares its payload personal, except what is unmasked', async () => {
    const manager = new NotificationManager()
      .register(orderShipped)
      .registerChannel('my-email', new ScriptedChannel());
    let values: readonly string[] = [];
    manager.use({
      name: 'look',
      deliver: (delivery, next) => {
        values = delivery.personalValues;
        return next();
      },
    });
    await manager.deliver(
      await manager.prepare(orderShipped({ orderId: 'A1', at: 0 }), { email: 'ada@example.com' }),
    );
    expect(values).toEqual(['ada@example.com', 'A1']);
  });

  test('keeps a payload that its schema cannot read again as it was given', async () => {
    const lengths = defineNotification({
      type: 'lengths',
      payload: z.object({ word: z.string().transform((word) => word.length) }),
      channels: { email: ({ payload }) => ({ subject: 'x', text: `${payload.word} letters` }) },
    });
    const stored = await prepare(lengths({ word: 'seven77' }), lengths.notificationClass);
    expect(stored.content).toMatchObject({ payload: { word: 'seven77' } });
    const { messages } = await deliverElsewhere(stored, lengths.notificationClass);
    expect(messages).toMatchObject([{ text: '7 letters' }]);
  });

  test('keeps fields its class adds', async () => {
    class WithPolicy extends Notification.of('policy', z.object({ n: z.number() })) {
      readonly policy = { category: 'orders' };
      via() {
        return ['email'];
      }
      override toEmail() {
        return { subject: 'x', text: `${this.policy.category} ${this.payload.n}` };
      }
    }
    const { messages } = await deliverElsewhere(
      await prepare(new WithPolicy({ n: 1 }), WithPolicy),
      WithPolicy,
    );
    expect(messages).toMatchObject([{ text: 'orders 1' }]);
  });

  test('that does not fit its schema any more is refused by the worker', async () => {
    const stored = await prepare(orderShipped({ orderId: 'A1', at: 0 }), orderShipped.notificationClass);
    const broken = { ...stored, content: { kind: 'payload' as const, payload: { orderId: 5 } } };
    expect(await rejectionOf(deliverElsewhere(broken, orderShipped.notificationClass))).toMatchObject({
      code: 'NOTIFICATION_PAYLOAD_INVALID',
      message: expect.stringContaining('orderId: '),
    });
  });
});

describe('versions', () => {
  class Old extends Note {
    static override readonly type: string = 'greeting';
  }
  class New extends Notification {
    static override readonly type = 'greeting';
    static override readonly version = 3;
    static override upgrade(stored: unknown, fromVersion: number) {
      const { text } = z.object({ text: z.string() }).parse(stored);
      return { words: [text, `was ${fromVersion}`] };
    }
    words: string[] = [];
    via() {
      return ['email'];
    }
    override toEmail() {
      return { subject: 'x', text: this.words.join(', ') };
    }
  }

  test('an old one is upgraded', async () => {
    const { messages } = await deliverElsewhere(await prepare(new Old(['email'], 'hi'), Old), New);
    expect(messages).toMatchObject([{ text: 'hi, was 1' }]);
  });

  test('a newer one than the class is refused, and can be retried after a deploy', async () => {
    const stored = await prepare(new New(), New);
    expect(await rejectionOf(deliverElsewhere(stored, Old))).toMatchObject({
      code: 'NOTIFICATION_VERSION_NEWER',
      message: expect.stringContaining('version 3, but this process knows only version 1'),
    });
  });

  test('a failing upgrade is refused with its cause', async () => {
    const stored = await prepare(new Old(), Old);
    const broken = { ...stored, content: { kind: 'fields' as const, fields: {} } };
    expect(await rejectionOf(deliverElsewhere(broken, New))).toMatchObject({
      code: 'NOTIFICATION_PAYLOAD_INVALID',
      message: expect.stringContaining('upgrade from version 1'),
      cause: expect.any(Error),
    });
  });

  test('a format of the future is refused', async () => {
    const stored = await prepare(new Old(), Old);
    // A later version of the library may have written it.
    const future = { ...stored, format: 2 } as unknown as StoredNotification;
    expect(await rejectionOf(deliverElsewhere(future, Old))).toMatchObject({
      code: 'NOTIFICATION_VERSION_NEWER',
    });
  });
});

describe('what cannot be revived', () => {
  test('is refused by its type, with the types that are known', async () => {
    const stored = await prepare(invoice(), Invoice);
    expect(await rejectionOf(deliverElsewhere(stored, Note))).toMatchObject({
      code: 'NOTIFICATION_TYPE_UNKNOWN',
      message: expect.stringContaining('"Invoice" (registered: Note)'),
    });
  });

  test('is refused when its class was plain and is typed now', async () => {
    const stored = await prepare(invoice(), Invoice);
    const typed = defineNotification({ type: 'Invoice', payload: z.object({}), channels: {} });
    expect(await rejectionOf(deliverElsewhere(stored, typed.notificationClass))).toMatchObject({
      code: 'NOTIFICATION_PAYLOAD_INVALID',
    });
  });

  test('a stored __proto__ changes no prototype', async () => {
    const stored = await prepare(invoice(), Invoice);
    const fields = JSON.parse('{"__proto__":{"via":"hijacked"},"amount":1}');
    const hostile = { ...stored, content: { kind: 'fields' as const, fields } };
    const { results } = await deliverElsewhere(hostile, Invoice);
    expect(results).toMatchObject([{ status: 'failed', error: { code: 'MESSAGE_RENDER_FAILED' } }]);
  });
});

describe('a try of some deliveries', () => {
  test('touches only those named, and tells of each as it ends', async () => {
    const email = new ScriptedChannel();
    const manager = new NotificationManager().registerChannel('my-email', email);
    const stored = await manager.prepare(new Note(), { email: ['a@x.io', 'b@x.io', 'c@x.io'] });
    const only = stored.deliveries.slice(1).map(({ idempotencyKey }) => idempotencyKey);
    const ended: string[] = [];
    const results = await manager.deliver(stored, {
      only,
      onResult: async ({ idempotencyKey }) => {
        ended.push(idempotencyKey);
      },
    });
    expect(email.requests.map(({ address }) => address)).toEqual(['b@x.io', 'c@x.io']);
    expect(results.map(({ idempotencyKey }) => idempotencyKey)).toEqual(only);
    expect(ended.toSorted()).toEqual(only.toSorted());
  });

  test('of none resolves with none', async () => {
    const stored = await prepare(new Note());
    expect(await new NotificationManager().deliver(stored, { only: [] })).toEqual([]);
  });

  test('lets all deliveries end before it rejects with what onResult threw', async () => {
    const email = new ScriptedChannel();
    const manager = new NotificationManager().registerChannel('my-email', email);
    const stored = await manager.prepare(new Note(), { email: ['a@x.io', 'b@x.io'] });
    const onResult = () => Promise.reject(new Error('the store is down'));
    expect(await rejectionOf(manager.deliver(stored, { onResult }))).toMatchObject({
      message: 'the store is down',
    });
    expect(email.requests).toHaveLength(2);
  });

  test('that was aborted before sends nothing and does not count', async () => {
    const manager = new NotificationManager().registerChannel('my-email', new ScriptedChannel());
    const stored = await manager.prepare(new Note(), { email: 'a@x.io' });
    expect(await manager.deliver(stored, { signal: AbortSignal.abort() })).toMatchObject([
      { status: 'failed', isRetryable: true, wasTried: false, error: { code: 'SEND_ABORTED' } },
    ]);
  });
});

test('locale, time zone and trace context are kept', async () => {
  const manager = new NotificationManager({ traceparent: () => '00-abc-def-01' });
  const stored = await manager.prepare(new Note(), {
    routeNotificationFor: () => 'ada@example.com',
    preferredLocale: 'de',
    timeZone: 'Europe/Vienna',
  });
  expect(stored).toMatchObject({ locale: 'de', timeZone: 'Europe/Vienna', traceparent: '00-abc-def-01' });
});

test('addresses of channels not in use are not stored', async () => {
  const stored = await new NotificationManager().prepare(new Note(), { email: 'a@x.io', sms: '+15550100' });
  expect(JSON.stringify(stored)).not.toContain('+15550100');
});
