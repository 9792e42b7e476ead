import type { ChannelName } from '@townkrier/core';
import { maskData } from './masking/index.ts';
import type { ContentPrivacy, NotificationLog } from './notification-log.ts';

/** What of a message a row keeps, not yet masked. */
export type MessageContent = Partial<Pick<NotificationLog, 'subject' | 'content' | 'contentType'>>;

/** The fields a channel's message keeps its heading and its text in. */
const TEXT_FIELDS: Readonly<
  Record<string, { readonly subject?: string; readonly content: readonly string[] }>
> = {
  email: { subject: 'subject', content: ['text', 'message'] },
  sms: { content: ['text', 'message'] },
  push: { subject: 'title', content: ['body'] },
  in_app: { subject: 'title', content: ['message'] },
};

/**
 * The heading and text of a rendered message, by the shape of its channel: a mail's HTML if it has one. A message of an unknown shape becomes JSON,
 * masked by its keys before they turn into text.
 */
export function messageContent(
  channel: ChannelName,
  message: unknown,
  masking: { readonly level: ContentPrivacy; readonly personalValues: readonly string[] },
): MessageContent {
  if (message === undefined || message === null) return {};
  if (typeof message === 'string') return { content: message, contentType: 'text' };
  const fields = TEXT_FIELDS[channel];
  const content = fields && contentOf(message, fields.content);
  if (content === undefined)
    return { content: JSON.stringify(maskData(message, masking)), contentType: 'text' };
  const subject = fields?.subject === undefined ? undefined : textField(message, fields.subject);
  return { ...(subject !== undefined && { subject }), ...content };
}

function contentOf(message: object, names: readonly string[]): MessageContent | undefined {
  const html = textField(message, 'html');
  if (html !== undefined) return { content: html, contentType: 'html' };
  const text = names.map((name) => textField(message, name)).find((value) => value !== undefined);
  return text === undefined ? undefined : { content: text, contentType: 'text' };
}

function textField(message: object, name: string): string | undefined {
  const value: unknown = Reflect.get(message, name);
  return typeof value === 'string' ? value : undefined;
}
