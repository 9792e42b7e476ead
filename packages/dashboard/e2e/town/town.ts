import { createServer, type Server } from 'node:http';
import { type Clock, NotificationManager } from '@townkrier/core';
import { VirtualClock } from '@townkrier/core/testing';
import { createDashboardRouter, type DashboardRouterOptions } from '@townkrier/dashboard';
import { InMemoryQueueAdapter, QueueManager } from '@townkrier/queue';
import { InMemoryStorageAdapter, StorageManager } from '@townkrier/storage';
import express from 'express';
import { townNotifications } from './notifications.ts';
import { type Script, type ScriptedAnswer, ScriptedChannel } from './scripted-channel.ts';

/** Milliseconds a closing town gives the jobs in hand. */
const SHUTDOWN = 10_000;

const ACCEPT: ScriptedAnswer = { latency: 0, outcome: 'accepted' };

/** A whole app on loopback: real managers in memory, providers that do as told, and the dashboard over HTTP. */
export interface Town {
  readonly queue: QueueManager;
  readonly storage: StorageManager;
  readonly adapter: InMemoryQueueAdapter;
  /** Replaces what a provider does from now on. */
  script(provider: Provider, script: Script): void;
  /** Where the dashboard is, with a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** The providers, by name, and the channel each carries. */
const PROVIDERS = { resend: 'email', twilio: 'sms', fcm: 'push', inbox: 'in_app' } as const;
export type Provider = keyof typeof PROVIDERS;
export const PROVIDER_NAMES: readonly Provider[] = ['resend', 'twilio', 'fcm', 'inbox'];

/** How a town differs from the usual one. */
export interface TownOptions {
  readonly clock: Clock;
  /** Where the app mounts the dashboard. @default '/' */
  readonly mountPath?: string;
  readonly dashboard?: Partial<DashboardRouterOptions>;
}

/** Counts up, so that ids are the same in every run. */
function countingIds(prefix: string): () => string {
  let last = 0;
  return () => {
    last += 1;
    return `${prefix}_${(last * 7919 + 100_003).toString(36)}${last.toString(36).padStart(4, '0')}`;
  };
}

/** Builds a town and opens its gate on a free port. */
export async function createTown({ clock, mountPath = '/', dashboard = {} }: TownOptions): Promise<Town> {
  const scripts = new Map<Provider, Script>();
  const notifications = new NotificationManager({
    clock,
    createId: countingIds('ntf'),
    circuitBreaker: false,
  });
  for (const provider of PROVIDER_NAMES) {
    const type = PROVIDERS[provider];
    const script: Script = (request) => scripts.get(provider)?.(request) ?? ACCEPT;
    notifications.registerChannel(provider, new ScriptedChannel({ type, provider, clock, script }));
  }
  notifications.register(...townNotifications);
  const storage = new StorageManager(new InMemoryStorageAdapter({ clock }), {
    clock,
    createId: countingIds('log'),
    hashKey: 'a key for tests only',
  });
  storage.record(notifications);
  const adapter = new InMemoryQueueAdapter({
    clock,
    createId: countingIds('job'),
    retryDelay: 30_000,
    maxRetries: 3,
    timeout: 600_000,
    shutdownTimeout: SHUTDOWN,
  });
  const queue = new QueueManager(adapter, notifications);
  const gate = await openGate(
    { queueManager: queue, storageManager: storage, clock, ...everybody, ...dashboard },
    mountPath,
  );
  return {
    queue,
    storage,
    adapter,
    script: (provider, script) => void scripts.set(provider, script),
    url: gate.url,
    close: async () => {
      await gate.close();
      const closed = queue.close();
      // Jobs in hand wait for providers that answer by the clock; one that stands still has to be moved.
      if (clock instanceof VirtualClock) await clock.advance(SHUTDOWN);
      await closed;
      await storage.close();
      await notifications.close();
    },
  };
}

/** Ada may do everything; limits are out of the way, because the clock of a test may stand still. */
const everybody = {
  authorize: () => ({ id: 'ada', name: 'Ada Lovelace', role: 'admin' as const }),
  environment: 'staging',
  limits: { changesPerMinute: 10_000, streamsPerPrincipal: 100 },
};

async function openGate(
  options: DashboardRouterOptions,
  mountPath: string,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const router = createDashboardRouter(options);
  const app = express();
  app.use(mountPath, router);
  const server = createServer(app);
  const origin = await listen(server);
  return {
    url: origin + (mountPath.endsWith('/') ? mountPath : `${mountPath}/`),
    close: async () => {
      router.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Listens on a free port of loopback. @returns the origin. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return `http://127.0.0.1:${address.port}`;
}
