import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineNotification } from './define-notification.ts';
import { Notification } from './notification.ts';
import { NotificationChannel, NotificationPriority } from './notification-channel.ts';
import type { Notifiable } from './recipient.ts';
import { renderMethodName } from './render-message.ts';
import { ResolvedRecipient } from './resolved-recipient.ts';

const nobody: Notifiable = new ResolvedRecipient(new Map(), undefined, undefined);

describe('a plain notification', () => {
  class WelcomeEmail extends Notification {
    via() {
      return [NotificationChannel.EMAIL];
    }
    override toEmail() {
      return { subject: 'Welcome!', html: '<h1>Welcome!</h1>', text: 'Welcome!', message: 'Welcome!' };
    }
  }

  test('has priority, reference and metadata with chainable setters', () => {
    const note = new WelcomeEmail();
    expect([note.priority, note.reference, note.metadata]).toEqual(['normal', undefined, {}]);
    const same = note.setPriority(NotificationPriority.CRITICAL).setReference('r').setMetadata({ a: 1 });
    expect(same).toBe(note);
    expect([note.priority, note.reference, note.metadata]).toEqual(['urgent', 'r', { a: 1 }]);
  });

  test('must say over which channels it goes', () => {
    // @ts-expect-error via is missing
    class Silent extends Notification {}
    expect(Silent).toBeDefined();
  });

  test('must return the message its channel needs', () => {
    class Wrong extends WelcomeEmail {
      // @ts-expect-error a mail needs a subject
      override toEmail() {
        return { text: 'x' };
      }
    }
    expect(Wrong).toBeDefined();
  });
});

describe('a typed notification', () => {
  class OrderShipped extends Notification.of(
    'order.shipped',
    z.object({ orderId: z.string(), at: z.coerce.date() }),
  ) {
    static override readonly version = 2;
    via() {
      return ['email'];
    }
    override toEmail() {
      return { subject: this.payload.orderId, text: this.payload.at.toISOString() };
    }
  }

  test('has the payload its schema returned, and its type', () => {
    const note = new OrderShipped({ orderId: 'A1', at: 0 });
    expect(note.payload).toEqual({ orderId: 'A1', at: new Date(0) });
    expect([OrderShipped.type, OrderShipped.version]).toEqual(['order.shipped', 2]);
    expect(note).toBeInstanceOf(Notification);
  });

  test('refuses a wrong payload by its fields, without their values', () => {
    // @ts-expect-error orderId is a text
    expect(() => new OrderShipped({ orderId: 4711, at: 'never' })).toThrow(
      expect.objectContaining({
        code: 'NOTIFICATION_PAYLOAD_INVALID',
        message: expect.stringMatching(/"order\.shipped" is invalid: orderId: .*; at: /),
      }),
    );
    try {
      // @ts-expect-error orderId is a text
      new OrderShipped({ orderId: 4711, at: 0 });
    } catch (error) {
      expect(String(error)).not.toContain('4711');
    }
  });

  test('knows its payload at compile time', () => {
    const { payload } = new OrderShipped({ orderId: 'A1', at: 0 });
    const text: string = payload.orderId;
    // @ts-expect-error at is a date
    const wrong: string = payload.at;
    // @ts-expect-error there is no such field
    expect([text, wrong, payload.total]).toHaveLength(3);
  });

  test('cannot be made of the base class alone', () => {
    const Base = Notification.of('base', z.object({}));
    // @ts-expect-error it is abstract
    expect(new Base({}).payload).toEqual({});
  });
});

describe('a defined notification', () => {
  const define = (overrides = {}) =>
    defineNotification({
      type: 'comment.posted',
      payload: z.object({ author: z.string() }),
      channels: {
        email: ({ payload }) => ({ subject: payload.author, text: 'replied' }),
        in_app: ({ payload }) => ({ title: payload.author, message: 'replied' }),
        telegram: ({ payload }) => ({ text: payload.author }),
      },
      ...overrides,
    });

  test('goes over all its channels unless via says otherwise', async () => {
    expect(await define()({ author: 'Ada' }).via(nobody)).toEqual(['email', 'in_app', 'telegram']);
    expect(await define({ via: () => ['email'] })({ author: 'Ada' }).via(nobody)).toEqual(['email']);
  });

  test('renders each channel with its function', async () => {
    const note = define()({ author: 'Ada' });
    expect(await note.toEmail?.(nobody)).toEqual({ subject: 'Ada', text: 'replied' });
    expect(await note.toInApp?.(nobody)).toEqual({ title: 'Ada', message: 'replied' });
    const toTelegram: unknown = Reflect.get(note, 'toTelegram');
    expect(typeof toTelegram === 'function' && toTelegram.call(note, nobody)).toEqual({ text: 'Ada' });
  });

  test('has the type, version, priority and rules it was given', async () => {
    const commented = define({
      version: 3,
      priority: 'high',
      unmasked: ['author'],
      upgrade: () => ({ author: 'upgraded' }),
      shouldSend: ({ payload }: { payload: { author: string } }) => payload.author,
    });
    const note = commented({ author: 'Ada' });
    expect(commented.type).toBe('comment.posted');
    const { version, unmasked } = commented.notificationClass;
    expect([version, unmasked]).toEqual([3, ['author']]);
    expect(commented.notificationClass.upgrade?.({}, 1)).toEqual({ author: 'upgraded' });
    expect([note.priority, await note.shouldSend?.(nobody, 'email')]).toEqual(['high', 'Ada']);
  });

  test('has its payload checked by the compiler and when it is made', () => {
    const commented = define();
    // @ts-expect-error author is missing
    expect(() => commented({})).toThrow(expect.objectContaining({ code: 'NOTIFICATION_PAYLOAD_INVALID' }));
    defineNotification({
      type: 'wrong',
      payload: z.object({}),
      // @ts-expect-error a mail needs a subject
      channels: { email: () => ({ text: 'x' }) },
    });
  });
});

test.each([
  ['email', 'toEmail'],
  ['sms', 'toSms'],
  ['in_app', 'toInApp'],
  ['telegram', 'toTelegram'],
  ['ms-teams', 'toMsTeams'],
  ['web.push 2', 'toWebPush2'],
])('channel %s is rendered by %s', (channel, method) => {
  expect(renderMethodName(channel)).toBe(method);
});
