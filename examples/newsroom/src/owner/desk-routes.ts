import { Router } from 'express';
import { z } from 'zod';
import { articleSchema } from '../articles.ts';
import type { OwnerApiParts } from './owner-api.ts';
import { Problem } from './problem.ts';

const nothing = z.strictObject({});
const rangeSchema = z.strictObject({ from: z.iso.date(), to: z.iso.date() });
const loginCodeSchema = z.strictObject({ subscriber: z.string().max(64) });
const failuresSchema = z.strictObject({ failures: z.int().min(0).max(10_000) });

/** What is done at the desk: articles, numbers, and the partner's server that stands in for a real one. Work is answered with 202 and the id of its job. */
export function deskRoutes({ producers, newsroom, receiver }: OwnerApiParts): Router {
  const router = Router();

  router.post('/articles', async (request, response) => {
    const { id } = await producers.publish(articleSchema.parse(request.body));
    response.status(202).json({ jobId: id });
  });
  router.get('/articles/:id', (request, response) => {
    const { id } = request.params;
    const article = newsroom.articles.find(id);
    if (article === null) throw new Problem(404, 'ARTICLE_NOT_FOUND', 'There is no such article.');
    const mails = newsroom.mailbox.receiversOf(article.title);
    response.json({ ...article, trail: newsroom.articles.trail(id), mails });
  });
  router.post('/articles/:id/retry', async (request, response) => {
    nothing.parse(request.body);
    const { id } = await producers.retryWorkflow(request.params.id);
    response.status(202).json({ jobId: id });
  });
  router.post('/articles/:id/rescore', async (request, response) => {
    nothing.parse(request.body);
    const { id } = await producers.rescore(request.params.id);
    response.status(202).json({ jobId: id });
  });
  router.get('/search/:word', (request, response) => {
    response.json({ articles: newsroom.site.search(request.params.word) });
  });
  router.post('/login-codes', async (request, response) => {
    const { id } = await producers.sendLoginCode(loginCodeSchema.parse(request.body).subscriber);
    response.status(202).json({ jobId: id });
  });
  router.post('/analytics/recompute', async (request, response) => {
    const { id } = await producers.recompute(rangeSchema.parse(request.body));
    response.status(202).json({ jobId: id });
  });
  router.get('/analytics/days', (_request, response) => {
    response.json({ days: newsroom.analytics.days() });
  });
  router.get('/receiver', (_request, response) => {
    const { events, refused, failuresLeft } = receiver;
    response.json({ events, refused, failuresLeft });
  });
  router.post('/receiver', (request, response) => {
    receiver.failNext(failuresSchema.parse(request.body).failures);
    response.json({});
  });
  return router;
}
