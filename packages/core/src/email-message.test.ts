import { describe, expect, test } from 'vitest';
import { parseEmailMessage } from './email-message.ts';

const MINIMAL = { subject: 'Welcome!', text: 'Hello' };

describe('a mail that is taken', () => {
  test('gets empty lists for what it leaves out', () => {
    expect(parseEmailMessage(MINIMAL)).toEqual({
      ...MINIMAL,
      replyTo: [],
      cc: [],
      bcc: [],
      attachments: [],
      headers: {},
    });
  });

  test('has its addresses parsed, one or several', () => {
    const parsed = parseEmailMessage({
      ...MINIMAL,
      from: 'Ada <ada@example.com>',
      replyTo: 'help@example.com',
      cc: ['bob@example.com', { email: 'eve@example.com', name: 'Eve' }],
    });
    expect(parsed.from).toEqual({ email: 'ada@example.com', name: 'Ada' });
    expect(parsed.replyTo).toEqual([{ email: 'help@example.com' }]);
    expect(parsed.cc).toEqual([{ email: 'bob@example.com' }, { email: 'eve@example.com', name: 'Eve' }]);
  });

  test('uses message as its text only where it has neither text nor html', () => {
    expect(parseEmailMessage({ subject: 's', message: 'short' }).text).toBe('short');
    expect(parseEmailMessage({ subject: 's', message: 'short', text: 'long' }).text).toBe('long');
    expect(parseEmailMessage({ subject: 's', message: 'short', html: '<p>long</p>' }).text).toBeUndefined();
  });
});

describe('a mail that is refused', () => {
  test.each([
    ['nothing', undefined, 'the message'],
    ['no subject', { text: 'Hello' }, 'subject'],
    ['a line break in the subject', { ...MINIMAL, subject: 'a\r\nBcc: eve@example.org' }, 'subject'],
    ['a NUL in the subject', { ...MINIMAL, subject: 'a\0' }, 'subject'],
    ['no content', { subject: 's' }, 'text'],
    ['two senders', { ...MINIMAL, from: 'a@example.com, b@example.com' }, 'from'],
    [
      'a line break in the sender',
      { ...MINIMAL, from: { email: 'a@example.com', name: 'A\nBcc: x' } },
      'from',
    ],
    ['a list as one copy', { ...MINIMAL, cc: ['a@example.com, b@example.com'] }, 'cc[0]'],
    ['an address that is none', { ...MINIMAL, replyTo: 'nobody' }, 'replyTo[0]'],
    [
      'a header with a line break',
      { ...MINIMAL, headers: { 'X-A': 'a\r\nBcc: eve@example.org' } },
      'headers.X-A',
    ],
    ['a header name with a colon', { ...MINIMAL, headers: { 'X:A': 'a' } }, 'headers.X:A'],
    ['a header that adds recipients', { ...MINIMAL, headers: { bcc: 'eve@example.org' } }, 'headers.bcc'],
    [
      'a header that changes the sender',
      { ...MINIMAL, headers: { From: 'eve@example.org' } },
      'headers.From',
    ],
    [
      'a header that breaks the body',
      { ...MINIMAL, headers: { 'Content-Type': 'x' } },
      'headers.Content-Type',
    ],
    [
      'a line break in a file name',
      { ...MINIMAL, attachments: [{ filename: 'a\nb', content: '' }] },
      'attachments[0].filename',
    ],
    ['an attachment without content', { ...MINIMAL, attachments: [{ filename: 'a' }] }, 'attachments[0]'],
    [
      'an attachment with both',
      { ...MINIMAL, attachments: [{ filename: 'a', content: '', path: '/a' }] },
      'attachments[0]',
    ],
  ])('%s', (_what, message, field) => {
    expect(() => parseEmailMessage(message)).toThrow(
      expect.objectContaining({ code: 'MESSAGE_INVALID', message: expect.stringContaining(`${field}: `) }),
    );
  });

  test('its error repeats neither addresses nor text', () => {
    expect(() => parseEmailMessage({ ...MINIMAL, cc: 'ada@example.com, eve@example.org' })).toThrow(
      'The e-mail is invalid: cc[0]: expected one e-mail address; it has characters before the @ that are not allowed.',
    );
  });
});
