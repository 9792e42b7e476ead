import { expect, test } from 'vitest';
import {
  type Channel,
  type ChannelReceipt,
  type EmailAddress,
  Notification,
  NotificationChannel,
  NotificationManager,
} from '../src/index.ts';
import { ScriptedChannel } from './scripted-channel.ts';

interface ResendConfig {
  readonly apiKey: string;
  readonly from: string;
}

const built: ResendConfig[] = [];

/** Typed as a vendor's factory is: a configuration, a message and an address of its own. */
function createResendChannel(config: ResendConfig): Channel<{ readonly subject: string }, EmailAddress> {
  built.push(config);
  return {
    type: NotificationChannel.EMAIL,
    honoursIdempotencyKey: true,
    parseAddress: (address) => ({ email: String(Reflect.get(Object(address), 'email')) }),
    parseMessage: (message) => ({ subject: String(Reflect.get(Object(message), 'subject')) }),
    async send({ message, address }): Promise<ChannelReceipt> {
      return { messageId: `${message.subject} to ${address.email}`, status: 'accepted' };
    },
  };
}

test('the program the seeds show type-checks and sends', async () => {
  const notificationManager = new NotificationManager({
    defaultChannel: 'email-resend',
    channels: [
      {
        name: 'email-resend',
        enabled: true,
        config: {
          apiKey: process.env['RESEND_API_KEY'],
          from: 'notifications@example.com',
        },
      },
    ],
  });
  notificationManager.registerFactory('email-resend', createResendChannel);

  class WelcomeEmail extends Notification {
    via() {
      return [NotificationChannel.EMAIL];
    }
    override toEmail() {
      return { subject: 'Welcome!', html: '<h1>Welcome!</h1>', text: 'Welcome!', message: 'Welcome!' };
    }
  }
  const recipient = { [NotificationChannel.EMAIL]: { email: 'user@example.com' } };

  const result = await notificationManager.send(new WelcomeEmail(), recipient);

  expect(result.get(NotificationChannel.EMAIL)?.receipt?.messageId).toBe('Welcome! to user@example.com');
  expect(built).toEqual([{ apiKey: process.env['RESEND_API_KEY'], from: 'notifications@example.com' }]);
});

test('a recipient may name all channels, or only those in use', async () => {
  const manager = new NotificationManager().registerChannel('mail', new ScriptedChannel());
  class Plain extends Notification {
    via() {
      return ['email'];
    }
    override toEmail() {
      return { subject: 'x', text: 'x' };
    }
  }
  const all: Record<NotificationChannel, unknown> = {
    email: 'a@x.io',
    sms: null,
    push: null,
    in_app: null,
    slack: null,
    webhook: null,
    database: null,
  };
  expect((await manager.send(new Plain(), all)).size).toBe(1);
  expect((await manager.send(new Plain(), { email: 'a@x.io' })).size).toBe(1);
});
