import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { createDashboardRouter } from '@townkrier/dashboard';
import { QueueManager } from '@townkrier/queue';
import { SqliteStorageAdapter } from '@townkrier/sqlite/storage';
import { StorageManager } from '@townkrier/storage';
import { createApp } from './app.ts';
import { type Backend, openBackend } from './backend.ts';
import { handleBriefings } from './briefing.ts';
import { openDatabase } from './database.ts';
import { Fulfilment } from './fulfilment.ts';
import { Inbox } from './inbox.ts';
import { briefingDue } from './jobs.ts';
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
  /** Takes no more orders, lets the jobs in hand come to their end, and closes what was opened. */
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
  const parts = await openParts(settings, say);
  const { queueManager, backend, orders, inbox, fulfilment } = parts;
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
  const server = createServer(app).listen(settings.port);
  await once(server, 'listening');

  queueManager.startProcessing();
  keepBriefing(queueManager, backend, { ...settings.briefing, onError });
  const sweeping = isInline ? null : startSweeping({ orders, fulfilment, onError }, sweep);
  return {
    url: urlOf(server),
    queueManager,
    inbox,
    async close() {
      // Open event streams would keep the server waiting.
      dashboard.close();
      server.close();
      await once(server, 'close');
      await sweeping?.stop();
      await parts.close();
    },
  };
}

type Parts = Awaited<ReturnType<typeof openParts>>;

async function openParts(settings: Settings, say: (line: string) => void) {
  const { dataFolder, adminPassword, hasRateLimits } = settings;
  mkdirSync(dataFolder, { recursive: true });
  const database = openDatabase(join(dataFolder, 'orders.db'));
  const orders = new Orders(database);
  const inbox = new Inbox(database);
  const mail = await openMailRoute(settings);
  const orderConfirmed = createOrderConfirmed(orders);
  const notificationManager = createNotificationManager({ orders, inbox, mail, orderConfirmed });
  const storageManager = new StorageManager(
    new SqliteStorageAdapter({ file: join(dataFolder, 'log.db'), durability: 'normal' }),
    { hashKey: readSecret(join(dataFolder, 'log.key')) },
  );
  storageManager.record(notificationManager);

  const backend = openBackend(settings, say);
  const { capabilities } = backend.adapter;
  const queues = createQueues({ capabilities, hasRateLimits });
  const queueManager = new QueueManager(backend.adapter, notificationManager, { queues });
  const admin = { in_app: { userId: 'admin' }, email: settings.adminEmail };
  const fulfilment = new Fulfilment({ queueManager, orders, orderConfirmed, admin });
  fulfilment.handleJobs();
  handleBriefings({ queueManager, orders, admin });

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

function urlOf(server: Server): string {
  const address = server.address();
  return `http://localhost:${typeof address === 'object' ? address?.port : address}`;
}

/** Sets the schedule, and sets it again when Redis comes back: while it is away nobody keeps schedules, and one that started without it has none. */
function keepBriefing(
  queueManager: QueueManager,
  { failover }: Backend,
  { onError, ...slots }: Settings['briefing'] & { readonly onError: (error: unknown) => void },
): void {
  const set = () => {
    queueManager.schedules
      .set({ name: 'daily-briefing', job: briefingDue, payload: {}, ...slots })
      .catch(onError);
  };
  if (failover === null) set();
  else failover.on('failover:closed', set);
}
