import { expect, test } from 'vitest';
import { Note } from '../test/notifications.ts';
import { PermanentError } from './channel-errors.ts';
import { adaptLegacyChannel, type LegacyChannel, type LegacyResponse } from './legacy-channel.ts';
import { NotificationManager } from './notification-manager.ts';

function legacyChannel(response: LegacyResponse) {
  const requests: unknown[] = [];
  const channel: LegacyChannel = {
    getChannelType: () => 'email',
    isReady: () => true,
    async send(request) {
      requests.push(request);
      return response;
    },
  };
  return { channel, requests };
}

async function deliverThrough(channel: LegacyChannel, options = {}) {
  const manager = new NotificationManager().registerChannel('old', adaptLegacyChannel(channel, options));
  const stored = await manager.prepare(new Note(), { email: { email: 'ada@example.com' } });
  return manager.deliver(stored);
}

test('a success is a receipt', async () => {
  const { channel, requests } = legacyChannel({ success: true, messageId: 'm-1', status: 'delivered' });
  const [result] = await deliverThrough(channel);
  expect(result).toMatchObject({ status: 'sent', receipt: { messageId: 'm-1', status: 'delivered' } });
  expect(requests).toMatchObject([
    { subject: 'Note', to: { email: 'ada@example.com' }, reference: result?.idempotencyKey },
  ]);
});

test('a success without an id is named by its reference, or by the key', async () => {
  const named = await deliverThrough(legacyChannel({ success: true, reference: 'r-1' }).channel);
  expect(named).toMatchObject([{ receipt: { messageId: 'r-1', status: 'accepted' } }]);
  const [unnamed] = await deliverThrough(legacyChannel({ success: true }).channel);
  expect(unnamed).toMatchObject({ receipt: { messageId: unnamed?.idempotencyKey } });
});

test('a failure that was an answer is thrown, and may be retried', async () => {
  const error = { code: 'E_DOWN', message: 'could not mail ada@example.com' };
  const [result] = await deliverThrough(legacyChannel({ success: false, error }).channel);
  expect(result).toMatchObject({ status: 'failed', isRetryable: true, error: { providerCode: 'E_DOWN' } });
  expect(JSON.stringify(result)).not.toContain('could not mail');
});

test('you may say what a failure means', async () => {
  const toError = () => new PermanentError('wrong sender');
  const [result] = await deliverThrough(legacyChannel({ success: false }).channel, { toError });
  expect(result).toMatchObject({ status: 'failed', isRetryable: false });
});

test('an empty address and a message that is no object are refused', () => {
  const adapted = adaptLegacyChannel(legacyChannel({ success: true }).channel);
  expect(() => adapted.parseAddress('')).toThrow(
    expect.objectContaining({ code: 'CHANNEL_ADDRESS_INVALID' }),
  );
  expect(() => adapted.parseMessage('text')).toThrow(expect.objectContaining({ code: 'MESSAGE_INVALID' }));
});
