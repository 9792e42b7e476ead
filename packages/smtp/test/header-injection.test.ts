import { TownKrierError } from '@townkrier/core';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { createSmtpChannel } from '../src/index.ts';
import { MailSink } from './mail-sink.ts';
import { sendWith } from './send-request.ts';

/** Text made to break out of wherever it is put. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\r\n',
        '\n',
        '\r',
        '\0',
        '\u2028',
        '\u0085',
        '\t',
        ' ',
        ',',
        ';',
        ':',
        '<',
        '>',
        '"',
        '\\',
        '@',
        '(',
        ')',
        '=?utf-8?q?=0D=0A?=',
        'Bcc: eve@example.org',
        'eve@example.org',
        'ü',
        '🎉',
      ),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

const HEADERS = [
  'content-transfer-encoding',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'subject',
  'to',
  'x-note',
];

test('whatever stands in names, subject and headers, a mail has our headers and our recipient, or is refused', async () => {
  const sink = await MailSink.start();
  onTestFinished(() => sink[Symbol.asyncDispose]());
  const channel = createSmtpChannel({ host: '127.0.0.1', port: sink.port, from: 'a@acme.example' });
  onTestFinished(() => channel.close?.());
  let sent = 0;

  const property = fc.asyncProperty(
    hostile,
    hostile,
    hostile,
    hostile,
    async (subject, name, sender, note) => {
      const arrivedBefore = sink.arrived.length;
      try {
        await sendWith(channel, {
          address: { email: 'ada@example.com', name },
          message: { subject, from: { email: 'a@acme.example', name: sender }, headers: { 'X-Note': note } },
        });
      } catch (error) {
        const isRefused =
          TownKrierError.is(error, 'MESSAGE_INVALID') || TownKrierError.is(error, 'CHANNEL_ADDRESS_INVALID');
        expect(isRefused, String(error)).toBe(true);
        expect(sink.arrived).toHaveLength(arrivedBefore);
        return;
      }
      sent++;
      const arrived = sink.arrived.at(-1);
      expect(arrived?.to).toEqual(['ada@example.com']);
      expect(arrived?.from).toBe('a@acme.example');
      const { headers = [], to = [], from } = arrived?.mail ?? {};
      expect(HEADERS).toEqual(expect.arrayContaining(headers.map(({ key }) => key)));
      expect(new Set(headers.map(({ key }) => key)).size).toBe(headers.length);
      expect(to.map(({ address }) => address)).toEqual(['ada@example.com']);
      expect(from?.address).toBe('a@acme.example');
    },
  );
  await fc.assert(property, { numRuns: 300 });
  expect(sent).toBeGreaterThan(20);
});
