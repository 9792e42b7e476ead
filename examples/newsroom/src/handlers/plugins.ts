import { NonRetryableError, RetryLaterError } from '@townkrier/queue';
import type { Article } from '../articles.ts';
import { eventDispatch, pluginExecute, webhookDeliver } from '../contracts.ts';
import { sign } from '../webhook-signature.ts';
import { type HandlerParts, requireArticle } from './handler-parts.ts';

/** Who wants to hear of events. Jobs name them; where they are is known here alone, so that no payload can send the newsroom anywhere else. */
const RECEIVERS = ['partner'];

const PLUGINS = {
  'reading-time': ({ body }: Article) => Math.ceil((body ?? '').split(/\s+/).length / 200),
  'shout-check': ({ title }: Article) => {
    if (/[A-Z]{20}/.test(title)) throw new NonRetryableError('The title shouts.', { code: 'PLUGIN_REFUSED' });
    return 'calm';
  },
};

export function handlePlugins(parts: HandlerParts): void {
  const { queue, worker, newsroom } = parts;
  const { articles } = newsroom;

  queue.handle(pluginExecute, ({ payload: { article, plugin } }) => {
    const result = PLUGINS[plugin](requireArticle(parts, article));
    articles.leaveTrail(article, `${pluginExecute.name} ${plugin}`, worker);
    return { result };
  });

  queue.handle(eventDispatch, async ({ payload, idempotencyKey }) => {
    for (const receiver of RECEIVERS) {
      const key = `${idempotencyKey}:${receiver}`;
      await queue.add(webhookDeliver, { ...payload, receiver }, { idempotencyKey: key, groupKey: receiver });
    }
    articles.leaveTrail(payload.article, eventDispatch.name, worker);
  });

  queue.handle(webhookDeliver, async ({ payload, idempotencyKey, signal }) => {
    const { receiver, event, article } = payload;
    if (!RECEIVERS.includes(receiver)) {
      throw new NonRetryableError('There is no such receiver.', { code: 'RECEIVER_NOT_FOUND' });
    }
    const body = JSON.stringify({ event, article });
    const response = await fetch(parts.webhooks.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey,
        'x-newsroom-signature': sign(parts.webhooks.secret, body),
      },
      body,
      redirect: 'error',
      signal,
    });
    checkAnswer(response);
  });
}

/** Overloaded: later. Refused: never. Broken: with a retry. */
function checkAnswer({ ok, status, headers }: Response): void {
  if (ok) return;
  const answer = `The receiver answered ${status}.`;
  if (status === 429) throw new RetryLaterError(1000 * (Number(headers.get('retry-after')) || 60), answer);
  if (status < 500) throw new NonRetryableError(answer, { code: 'WEBHOOK_REFUSED' });
  throw new Error(answer);
}
