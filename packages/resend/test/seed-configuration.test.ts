import { Notification, NotificationChannel, NotificationManager } from '@townkrier/core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createResendChannel } from '../src/index.ts';
import { RecordedResend } from './recorded-resend.ts';

class WelcomeEmail extends Notification {
  override via() {
    return [NotificationChannel.EMAIL];
  }
  override toEmail() {
    return { subject: 'Welcome!', html: '<h1>Welcome!</h1>', text: 'Welcome!', message: 'Welcome!' };
  }
}

test('a notification without a sender goes out from the sender of the configuration', async () => {
  const resend = await RecordedResend.start();
  onTestFinished(() => resend[Symbol.asyncDispose]());
  vi.stubEnv('RESEND_API_KEY', 're_test');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });

  const manager = new NotificationManager({
    defaultChannel: 'email-resend',
    channels: [
      {
        name: 'email-resend',
        enabled: true,
        config: {
          apiKey: process.env['RESEND_API_KEY'],
          from: 'notifications@example.com',
          baseUrl: resend.baseUrl,
        },
      },
    ],
  });
  manager.registerFactory('email-resend', createResendChannel);
  const results = await manager.send(new WelcomeEmail(), {
    [NotificationChannel.EMAIL]: { email: 'user@example.com' },
  });

  expect(results.get('email')).toMatchObject({
    status: 'sent',
    provider: 'email-resend',
    receipt: { messageId: '49a3999c-0ce1-4ea6-ab68-afcd6dc2e794' },
  });
  expect(resend.requests).toMatchObject([
    {
      headers: { 'idempotency-key': expect.stringMatching(/^[\w-]{43}$/) },
      body: {
        from: 'notifications@example.com',
        to: ['user@example.com'],
        subject: 'Welcome!',
        html: '<h1>Welcome!</h1>',
        text: 'Welcome!',
      },
    },
  ]);
});

test('a manager without the API key in its environment says so when the channel is registered', () => {
  const config = { apiKey: process.env['RESEND_API_KEY_THAT_IS_NOT_SET'], from: 'notifications@example.com' };
  const manager = new NotificationManager({ channels: [{ name: 'email-resend', config }] });
  expect(() => manager.registerFactory('email-resend', createResendChannel)).toThrow(
    /apiKey must be an API key/,
  );
});
