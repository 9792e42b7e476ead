import { NonRetryableError, type QueueManager } from '@townkrier/queue';
import type { Article } from '../articles.ts';
import type { Newsroom } from '../newsroom.ts';
import type { WorkerName } from '../queues.ts';

/** What handlers work with. */
export interface HandlerParts {
  readonly queue: QueueManager;
  readonly newsroom: Newsroom;
  /** The process they run in. */
  readonly worker: WorkerName;
  /** Where webhooks go, and what they are signed with. */
  readonly webhooks: { readonly url: string; readonly secret: string };
}

/** The article a job is about. @throws {NonRetryableError} when there is none: waiting does not bring it. */
export function requireArticle({ newsroom }: HandlerParts, id: string): Article {
  const article = newsroom.articles.find(id);
  if (article === null)
    throw new NonRetryableError(`There is no article ${id}.`, { code: 'ARTICLE_NOT_FOUND' });
  return article;
}
