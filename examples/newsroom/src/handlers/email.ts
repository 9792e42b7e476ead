import { createHash } from 'node:crypto';
import { NonRetryableError } from '@townkrier/queue';
import { emailSend, notificationDispatch, otpSend } from '../contracts.ts';
import type { Mail } from '../mailbox.ts';
import { type HandlerParts, requireArticle } from './handler-parts.ts';

export function handleEmail(parts: HandlerParts): void {
  const { queue, worker, newsroom } = parts;
  const { articles, mailbox } = newsroom;

  const send = (mail: Mail, idempotencyKey: string): void => {
    if (mailbox.send(mail, idempotencyKey)) return;
    throw new NonRetryableError('There is no such subscriber.', { code: 'SUBSCRIBER_NOT_FOUND' });
  };

  queue.handle(emailSend, ({ payload: { subscriber, article }, idempotencyKey }) => {
    send({ subscriber, subject: requireArticle(parts, article).title }, idempotencyKey);
  });

  queue.handle(otpSend, ({ payload: { subscriber }, idempotencyKey }) => {
    send({ subscriber, subject: `Your code is ${codeFor(idempotencyKey, parts)}` }, idempotencyKey);
  });

  queue.handle(notificationDispatch, async ({ payload, idempotencyKey }) => {
    const { id, topic } = requireArticle(parts, payload.article);
    for (const subscriber of mailbox.subscribersOf(topic)) {
      // A second attempt adds only those that the first one did not get to.
      const key = `${idempotencyKey}:${subscriber}`;
      await queue.add(emailSend, { article: id, subscriber }, { idempotencyKey: key, groupKey: subscriber });
    }
    articles.leaveTrail(id, notificationDispatch.name, worker);
  });
}

/** The same code for every try of a job, so that a mail that went out twice is good both times. */
function codeFor(key: string, { webhooks: { secret } }: HandlerParts): string {
  const number = createHash('sha256').update(`${secret}:${key}`).digest().readUInt32BE() % 1_000_000;
  return String(number).padStart(6, '0');
}
