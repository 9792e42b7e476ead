import { NonRetryableError, type Step, step } from '@townkrier/queue';
import type { Article } from '../articles.ts';
import {
  cacheInvalidate,
  contentGenerate,
  eventDispatch,
  indexRebuild,
  notificationDispatch,
  pluginExecute,
  scoreRerun,
  seoOptimize,
  stepExecute,
  translate,
  workflowDispatch,
  workflowRetry,
} from '../contracts.ts';
import { type HandlerParts, requireArticle } from './handler-parts.ts';

/** The id of an article's workflow: there is one, however often it is asked for. */
const workflowOf = (article: string): string => `publish-${article}`;

export function handleWorkflows(parts: HandlerParts): void {
  const { queue, worker, newsroom } = parts;
  const { articles } = newsroom;

  queue.handle(workflowDispatch, async ({ payload }) => {
    const article = requireArticle(parts, payload.article);
    await queue.chain(toSteps(article), { id: workflowOf(article.id) });
    articles.leaveTrail(article.id, workflowDispatch.name, worker);
  });

  queue.handle(stepExecute, ({ payload }) => {
    const article = requireArticle(parts, payload.article);
    if (payload.step === 'check') checkIsComplete(article);
    else articles.publish(article.id, Date.now());
    articles.leaveTrail(article.id, `${stepExecute.name} ${payload.step}`, worker);
  });

  queue.handle(workflowRetry, async ({ payload, log }) => {
    const { results } = await queue.deadLetters.replayAll({ tag: `chain:${workflowOf(payload.article)}` });
    const started = results.filter(({ outcome }) => outcome === 'replayed').length;
    await log(`${started} of ${results.length} steps started again`);
    return { started };
  });
}

/** Each step is added when the one before has succeeded, in whichever process works on its queue. */
function toSteps({ id, languages }: Article): readonly Step[] {
  const about = { article: id };
  return [
    step(contentGenerate, about),
    step(pluginExecute, { ...about, plugin: 'shout-check' }),
    step(seoOptimize, about),
    ...languages.map((language) => step(translate, { ...about, language })),
    step(scoreRerun, about),
    step(stepExecute, { ...about, step: 'check' }),
    step(stepExecute, { ...about, step: 'publish' }),
    step(indexRebuild, {}),
    step(cacheInvalidate, about),
    step(eventDispatch, { ...about, event: 'article.published' }),
    step(notificationDispatch, about),
  ];
}

function checkIsComplete({ id, body, slug }: Article): void {
  if (body !== null && slug !== null && slug !== '') return;
  throw new NonRetryableError(`Article ${id} is not complete.`, { code: 'ARTICLE_INCOMPLETE' });
}
