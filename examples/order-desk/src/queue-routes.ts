import type { QueueDefinition, QueueManager } from '@townkrier/queue';
import { Router } from 'express';
import type { Backend } from './backend.ts';
import { lackingIn } from './queues.ts';

/** What is told about the queue. */
export interface QueueRoutesParts {
  readonly queueManager: QueueManager;
  readonly backend: Backend;
  readonly queues: readonly QueueDefinition[];
}

/** `stats`, `health` and `info` of the queue. Whoever mounts it says who may ask. */
export function createQueueRoutes({ queueManager, backend, queues }: QueueRoutesParts): Router {
  const router = Router();

  /** Jobs by status, of each queue; while Redis is away those of the file only. */
  router.get('/stats', async (_request, response) => {
    const counted = queues.map(async ({ name }) => [name, await queueManager.getStats(name)] as const);
    response.json({
      total: await queueManager.getStats(),
      queues: Object.fromEntries(await Promise.all(counted)),
    });
  });

  /** Orders are taken on either side, so a `fallback` is worth an alarm and no restart: `ok` means that jobs can be stored. */
  router.get('/health', async (_request, response) => {
    const isOk = await answers(() => backend.adapter.ping?.());
    response.status(isOk ? 200 : 503).json({
      status: isOk ? 'ok' : 'unavailable',
      backend: backend.name,
      failover: (await backend.failover?.health()) ?? null,
    });
  });

  /** What does not change often: the backend and what it lacks, policies, pauses and schedules. Those three are kept by the backend in use: `null` while Redis is away. */
  router.get('/info', async (_request, response) => {
    const { capabilities } = backend.adapter;
    response.json({
      backend: backend.name,
      lacks: lackingIn(capabilities),
      capabilities,
      queues,
      paused: await orNull(async () => (await queueManager.queues.list()).filter(({ isPaused }) => isPaused)),
      schedules: await orNull(() => queueManager.schedules.list()),
      uptimeSeconds: Math.round(process.uptime()),
    });
  });

  return router;
}

async function answers(ask: () => Promise<void> | undefined): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch {
    return false;
  }
}

async function orNull<Value>(read: () => Promise<Value>): Promise<Value | null> {
  try {
    return await read();
  } catch {
    return null;
  }
}
