import { cacheInvalidate, healthCheck, indexRebuild } from '../contracts.ts';
import type { HandlerParts } from './handler-parts.ts';

export function handleSystem({ queue, newsroom, worker }: HandlerParts): void {
  const { articles, site } = newsroom;

  queue.handle(cacheInvalidate, ({ payload: { article } }) => {
    site.forgetPage(article);
    articles.leaveTrail(article, cacheInvalidate.name, worker);
  });

  queue.handle(indexRebuild, () => {
    const published = articles.published();
    site.rebuildIndex(published);
    return { articles: published.length };
  });

  queue.handle(healthCheck, () => {
    if (!site.isUp()) throw new Error('The database does not answer.');
    return { worker, pid: process.pid };
  });
}
