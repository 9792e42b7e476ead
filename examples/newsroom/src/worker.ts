/** One of the two working processes; started by `main.ts`, with what it needs in the environment. */
import { QueueManager } from '@townkrier/queue';
import { z } from 'zod';
import { handleAi } from './handlers/ai.ts';
import { handleAnalytics } from './handlers/analytics.ts';
import { handleEmail } from './handlers/email.ts';
import type { HandlerParts } from './handlers/handler-parts.ts';
import { handlePlugins } from './handlers/plugins.ts';
import { handleSystem } from './handlers/system.ts';
import { handleWorkflows } from './handlers/workflows.ts';
import { openNewsroom } from './newsroom.ts';
import { openQueue } from './open-queue.ts';
import { createQueues, QUEUES_OF, type WorkerName } from './queues.ts';

const HANDLERS = {
  press: [handleAi, handleWorkflows, handleAnalytics],
  post: [handleEmail, handlePlugins, handleSystem],
} satisfies Record<WorkerName, readonly ((parts: HandlerParts) => void)[]>;

const { WORKER, DATA_FOLDER, RETRY_DELAY, WEBHOOK_URL, WEBHOOK_SECRET } = z
  .object({
    WORKER: z.enum(['press', 'post']),
    DATA_FOLDER: z.string(),
    RETRY_DELAY: z.coerce.number(),
    WEBHOOK_URL: z.url(),
    WEBHOOK_SECRET: z.string().min(16),
  })
  .parse(process.env);

const newsroom = openNewsroom(DATA_FOLDER);
const queue = new QueueManager(openQueue(DATA_FOLDER), undefined, { queues: createQueues(RETRY_DELAY) });
const webhooks = { url: WEBHOOK_URL, secret: WEBHOOK_SECRET };
for (const handle of HANDLERS[WORKER]) handle({ queue, newsroom, worker: WORKER, webhooks });
queue.startProcessing({ queues: QUEUES_OF[WORKER] });
process.send?.('ready');

let isStopping = false;
// A worker whose newsroom is gone has nobody to stop it.
for (const reason of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(reason, stop);

/** What is in hand comes to its end; what waits, waits for the next start. */
function stop(): void {
  if (isStopping) return;
  isStopping = true;
  void queue.close().then(() => {
    newsroom.close();
    if (process.connected) process.disconnect();
  });
}
