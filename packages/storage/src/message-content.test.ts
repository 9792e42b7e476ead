import { describe, expect, it } from 'vitest';
import { messageContent } from './message-content.ts';

const masking = { level: 'masked', personalValues: ['Grace Hopper'] } as const;

describe('the content of a message', () => {
  it.each([
    [
      'email',
      { subject: 's', html: '<p>h</p>', text: 't' },
      { subject: 's', content: '<p>h</p>', contentType: 'html' },
    ],
    ['email', { subject: 's', text: 't' }, { subject: 's', content: 't', contentType: 'text' }],
    ['email', { subject: 's', message: 'm' }, { subject: 's', content: 'm', contentType: 'text' }],
    ['sms', { text: 't' }, { content: 't', contentType: 'text' }],
    [
      'push',
      { title: 't', body: 'b', data: { k: 'v' } },
      { subject: 't', content: 'b', contentType: 'text' },
    ],
    ['in_app', { title: 't', message: 'm' }, { subject: 't', content: 'm', contentType: 'text' }],
    ['telegram', 'just text', { content: 'just text', contentType: 'text' }],
    ['email', undefined, {}],
  ])('of %s is taken from %j', (channel, message, expected) => {
    expect(messageContent(channel, message, masking)).toEqual(expected);
  });

  it('of an unknown shape is JSON, masked by its keys too', () => {
    const { content } = messageContent(
      'slack',
      { blocks: [{ text: 'Hi Grace Hopper' }], token: 'xyz' },
      masking,
    );
    expect(content).toContain('blocks');
    expect(content).not.toMatch(/Grace|xyz/);
  });
});
