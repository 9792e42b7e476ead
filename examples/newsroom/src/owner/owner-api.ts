import type { AuditedQueueAdapter, QueueDefinition, QueueManager } from '@townkrier/queue';
import type { AuditLog } from '@townkrier/storage';
import { json, type Request, Router } from 'express';
import type { Newsroom } from '../newsroom.ts';
import type { Producers } from '../producers.ts';
import type { Settings } from '../settings.ts';
import type { WebhookReceiver } from '../stand-ins/webhook-receiver.ts';
import { ownersOnly, refuseTooMany, sessionOf } from './access.ts';
import { deadLetterRoutes } from './dead-letter-routes.ts';
import { deskRoutes } from './desk-routes.ts';
import { liveRoutes } from './live-route.ts';
import { OwnerDesk } from './owner-desk.ts';
import { queueRoutes } from './queue-routes.ts';
import { RateLimit } from './rate-limit.ts';

/** What the newsroom gives its owners. */
export interface OwnerApiOptions {
  readonly settings: Settings;
  readonly queue: QueueManager;
  readonly queues: readonly QueueDefinition[];
  readonly audited: AuditedQueueAdapter;
  readonly auditLog: AuditLog;
  readonly producers: Producers;
  readonly newsroom: Newsroom;
  readonly receiver: WebhookReceiver;
}

/** What the routes work with. */
export interface OwnerApiParts extends OwnerApiOptions {
  /** The desk of whoever asks. */
  readonly deskOf: (request: object) => OwnerDesk;
  /** Refuses an owner who deletes too often. Asked before anything is deleted. */
  readonly beforeDestroying: (request: Request) => void;
}

/** All that owners can do, for them alone. */
export function createOwnerApi(options: OwnerApiOptions): Router {
  const { settings, queue, queues, audited, auditLog } = options;
  const desks = new Map(settings.owners.map(({ name }) => [name, new OwnerDesk(audited, name, queues)]));
  const destructive = new RateLimit(settings.destructiveActionsPerMinute);
  const parts: OwnerApiParts = {
    ...options,
    deskOf: (request) => {
      const desk = desks.get(sessionOf(request).owner);
      if (desk === undefined) throw new Error('An owner has no desk.');
      return desk;
    },
    beforeDestroying: (request) =>
      refuseTooMany(destructive.take(sessionOf(request).owner), 'destructive actions'),
  };

  const router = Router();
  router.use(json({ limit: '64kb' }));
  router.use(ownersOnly(settings.owners));
  router.get('/me', (request, response) => void response.json({ owner: sessionOf(request).owner }));
  router.use('/live', liveRoutes(queue));
  router.use('/queues', queueRoutes(parts));
  router.use('/dead-letters', deadLetterRoutes(parts));
  router.get('/audit', async (_request, response) => {
    response.json({ entries: await auditLog.list({ order: 'desc', limit: 50 }) });
  });
  router.use(deskRoutes(parts));
  return router;
}
