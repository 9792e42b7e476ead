import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { createDashboardRouter } from '@townkrier/dashboard';
import { QueueManager } from '@townkrier/queue';
import { SqliteStorageAdapter } from '@townkrier/sqlite/storage';
import { StorageManager } from '@townkrier/storage';
import { createApp } from './app.ts';
import { openBackend } from './backend.ts';
import { handleBriefings, scheduleBriefings } from './briefing.ts';
import { openDatabase } from './database.ts';
import { Fulfilment } from './fulfilment.ts';
import { Inbox } from './inbox.ts';
import { Invoices } from './invoices.ts';
import { openMailRoute } from './mail.ts';
import { createOrderConfirmed } from './messages.ts';
import { createNotificationManager } from './notification-manager.ts';
import { Orders } from './orders.ts';
import { createQueueRoutes } from './queue-routes.ts';
import { createQueues, lackingIn } from './queues.ts';
import { readSecret } from './secret.ts';
import type { Settings } from './settings.ts';
import { type SweepOptions, startSweeping } from './sweep.ts';

/** An order desk that runs. */
export interface OrderDesk {
  readonly url: string;
  readonly queueManager: QueueManager;
  readonly inbox: Inbox;
  /** Takes no more orders, lets the jobs in hand come to their end, and closes what was opened. Idempotent. */
  close(): Promise<void>;
}

/** Where it talks to. */
export interface OrderDeskHost {
  /** Told what whoever runs it should know. */
  readonly say: (line: string) => void;
  readonly sweep?: SweepOptions;
}

/** Opens everything, starts working and listens. */
export async function startOrderDesk(settings: Settings, { say, sweep }: OrderDeskHost): Promise<OrderDesk> {
  const { adminPassword, isInline } = settings;
  const onError = (error: unknown) => say(`Trouble: ${error instanceof Error ? error.message : error}`);
  const parts = await openParts(settings, { say, onError });
  const { queueManager, orders, inbox, fulfilment } = parts;
  const { dashboard, queueRoutes } = createAdminRoutes(parts);
  const app = createApp({
    orders,
    inbox,
    fulfilment,
    queueRoutes,
    dashboard,
    adminPassword,
    isInline,
    onError,
  });
  const server = createServer(app).listen(settings.port, settings.host);
  await once(server, 'listening');

  queueManager.startProcessing();
  const sweeping = isInline ? null : startSweeping({ orders, fulfilment, onError }, sweep);
  const closeAll = async () => {
    // Open event streams would keep the server waiting.
    dashboard.close();
    server.close();
    await once(server, 'close');
    await sweeping?.stop();
    await parts.close();
  };
  let closed: Promise<void> | undefined;
  return {
    url: urlOf(server, settings.host),
    queueManager,
    inbox,
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}

interface Listener {
  readonly say: (line: string) => void;
  readonly onError: (error: unknown) => void;
}

type Parts = Awaited<ReturnType<typeof openParts>>;

async function openParts(settings: Settings, { say, onError }: Listener) {
  const { dataFolder, adminPassword, hasRateLimits } = settings;
  mkdirSync(dataFolder, { recursive: true });
  const database = openDatabase(join(dataFolder, 'orders.db'));
  const orders = new Orders(database);
  const inbox = new Inbox(database);
  const mail = await openMailRoute(settings);
  const invoices = new Invoices(join(dataFolder, 'invoices'));
  const orderConfirmed = createOrderConfirmed(orders, invoices);
  const notificationManager = createNotificationManager({ orders, inbox, mail, orderConfirmed });
  const storageManager = new StorageManager(
    new SqliteStorageAdapter({ file: join(dataFolder, 'log.db'), durability: 'normal' }),
    { hashKey: readSecret(join(dataFolder, 'log.key')) },
  );
  storageManager.record(notificationManager);

  const backend = openBackend(settings, say);
  const { capabilities } = backend.adapter;
  const queues = createQueues({ capabilities, hasRateLimits });
  const queueManager = new QueueManager(backend.adapter, notificationManager, { queues, onError });
  const admin = { in_app: { userId: 'admin' }, email: settings.adminEmail };
  const fulfilment = new Fulfilment({ queueManager, orders, invoices, orderConfirmed, admin });
  fulfilment.handleJobs();
  handleBriefings({ queueManager, orders, admin });
  scheduleBriefings(queueManager, { ...settings.briefing, failover: backend.failover, onError });

  for (const lack of lackingIn(capabilities)) say(`Queue: ${lack}.`);
  say(`Mail: ${mail.description}.`);
  say(
    `Admin routes: ${adminPassword === undefined ? 'closed; set ADMIN_PASSWORD' : 'for admin, with ADMIN_PASSWORD'}.`,
  );
  return {
    orders,
    inbox,
    backend,
    queues,
    queueManager,
    storageManager,
    fulfilment,
    async close() {
      await queueManager.close();
      await notificationManager.close();
      await storageManager.close();
      await mail.close();
      database.close();
    },
  };
}

function createAdminRoutes({ queueManager, storageManager, backend, queues }: Parts) {
  const dashboard = createDashboardRouter({
    queueManager,
    storageManager,
    // Asked only for requests that `requireAdmin` let through.
    authorize: () => ({ id: 'admin', role: 'admin' }),
  });
  return { dashboard, queueRoutes: createQueueRoutes({ queueManager, backend, queues }) };
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  return `http://${host}:${typeof address === 'object' ? address?.port : address}`;
}
