import { contentGenerate, scoreRerun, seoOptimize, translate } from '../contracts.ts';
import { describeForSearch, scoreText, translateText, writeArticle } from '../stand-ins/ghostwriter.ts';
import { type HandlerParts, requireArticle } from './handler-parts.ts';

export function handleAi(parts: HandlerParts): void {
  const { queue, worker, newsroom } = parts;
  const { articles } = newsroom;

  queue.handle(contentGenerate, async ({ payload, progress }) => {
    const { id, title, topic } = requireArticle(parts, payload.article);
    await progress(10, 'writing');
    articles.save(id, { body: writeArticle(title, topic) });
    articles.leaveTrail(id, contentGenerate.name, worker);
  });

  queue.handle(seoOptimize, ({ payload }) => {
    const { id, title, body } = requireArticle(parts, payload.article);
    articles.save(id, describeForSearch(title, body ?? title));
    articles.leaveTrail(id, seoOptimize.name, worker);
  });

  queue.handle(translate, ({ payload: { article, language } }) => {
    const { id, body } = requireArticle(parts, article);
    articles.saveTranslation(id, language, translateText(body ?? '', language));
    articles.leaveTrail(id, `${translate.name} ${language}`, worker);
  });

  queue.handle(scoreRerun, ({ payload }) => {
    const { id, body } = requireArticle(parts, payload.article);
    const score = scoreText(body ?? '');
    articles.save(id, { score });
    articles.leaveTrail(id, scoreRerun.name, worker);
    return { score };
  });
}
