import { Router } from 'express';
import { z } from 'zod';
import { QUEUES_OF } from '../queues.ts';
import type { OwnerApiParts } from './owner-api.ts';
import { Problem } from './problem.ts';

const WORKER_OF = new Map<string, string>(
  Object.entries(QUEUES_OF).flatMap(([worker, queues]) => queues.map((queue) => [queue, worker] as const)),
);
const pauseSchema = z.strictObject({
  minutes: z.number().positive().max(10_080).optional(),
  reason: z.string().max(200).optional(),
});
const confirmSchema = z.strictObject({ token: z.string().max(100).optional() });

export function queueRoutes({ deskOf, beforeDestroying }: OwnerApiParts): Router {
  const router = Router();

  router.get('/', async (request, response) => {
    const states = await deskOf(request).queues.list();
    response.json({
      queues: states.map((state) => ({ ...state, worker: WORKER_OF.get(state.name) ?? null })),
    });
  });
  router.post('/:name/pause', async (request, response) => {
    const { minutes, reason } = pauseSchema.parse(request.body);
    const until = minutes === undefined ? undefined : new Date(Date.now() + minutes * 60_000);
    response.json(await deskOf(request).queues.pause(knownQueue(request.params.name), { until, reason }));
  });
  router.post('/:name/resume', async (request, response) => {
    response.json(await deskOf(request).queues.resume(knownQueue(request.params.name)));
  });
  /** Twice: without a token it counts, and with the token of that it deletes. */
  router.post('/:name/purge', async (request, response) => {
    const { queues } = deskOf(request);
    const { token } = confirmSchema.parse(request.body);
    const name = knownQueue(request.params.name);
    if (token === undefined) return void response.json(await queues.confirmPurge(name));
    beforeDestroying(request);
    response.json(await queues.purge(token));
  });
  return router;
}

function knownQueue(name: string): string {
  if (WORKER_OF.has(name)) return name;
  throw new Problem(404, 'QUEUE_NOT_FOUND', 'There is no such queue.');
}
