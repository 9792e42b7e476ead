import { DEFAULT_MAX_REPLAYS, type DeadLetter } from '@townkrier/queue';
import { Router } from 'express';
import { z } from 'zod';
import type { OwnerApiParts } from './owner-api.ts';

const selectionSchema = z.strictObject({ queue: z.string().optional(), group: z.string().optional() });
const pageSchema = selectionSchema.extend({
  limit: z.coerce.number().int().min(1).max(100).default(25),
  offset: z.coerce.number().int().min(0).default(0),
});
const replaySchema = z.strictObject({ payload: z.json().optional() });
const clearSchema = z.union([z.strictObject({ token: z.string().max(100) }), selectionSchema]);
const nothing = z.strictObject({});
/** What a typed job keeps as its payload. */
const storedSchema = z.object({ data: z.json() });

export function deadLetterRoutes({ deskOf, beforeDestroying }: OwnerApiParts): Router {
  const router = Router();

  router.get('/', async (request, response) => {
    const { deadLetters, total, isCut } = await deskOf(request).deadLetters.list(
      pageSchema.parse(request.query),
    );
    response.json({ deadLetters: deadLetters.map(toAnswer), total, isCut, maxReplays: DEFAULT_MAX_REPLAYS });
  });
  router.get('/groups', async (request, response) => {
    response.json(await deskOf(request).deadLetters.groups(selectionSchema.parse(request.query)));
  });
  router.post('/replay', async (request, response) => {
    const selection = { ...selectionSchema.parse(request.body), isReplayable: true };
    response.json(await deskOf(request).deadLetters.replayAll(selection));
  });
  /** Twice: without a token it counts, and with the token of that it deletes. */
  router.post('/clear', async (request, response) => {
    const { deadLetters } = deskOf(request);
    const body = clearSchema.parse(request.body);
    if (!('token' in body)) return void response.json(await deadLetters.confirmClear(body));
    beforeDestroying(request);
    response.json(await deadLetters.clear(body.token));
  });
  router.post('/:id/replay', async (request, response) => {
    const { payload } = replaySchema.parse(request.body);
    const { id, replays } = await deskOf(request).deadLetters.replay(request.params.id, { payload });
    response.json({ jobId: id, replays });
  });
  router.post('/:id/delete', async (request, response) => {
    nothing.parse(request.body);
    beforeDestroying(request);
    await deskOf(request).deadLetters.delete(request.params.id);
    response.json({});
  });
  return router;
}

function toAnswer({ jobId, queue, type, error, group, payload, attempts, replays, ...rest }: DeadLetter) {
  const { isReplayable, failedAt } = rest;
  const { data = null } = storedSchema.safeParse(payload).data ?? {};
  return { jobId, queue, type, error, group, payload: data, attempts, replays, isReplayable, failedAt };
}
