/**
 * The dashboard inside an Express app that is there already: below a path, behind the app's own login.
 *
 *   node examples/mount-in-express.ts
 *
 * It runs until Ctrl-C; with CI set it asks itself a few questions and ends.
 */
import type { AddressInfo } from 'node:net';
import { NotificationManager } from '@townkrier/core';
import { createDashboardRouter } from '@townkrier/dashboard';
import { InMemoryQueueAdapter, QueueManager } from '@townkrier/queue';
import { InMemoryStorageAdapter, StorageManager } from '@townkrier/storage';
import express, { type Request } from 'express';

const notificationManager = new NotificationManager();
const queueManager = new QueueManager(new InMemoryQueueAdapter(), notificationManager);
const storageManager = new StorageManager(new InMemoryStorageAdapter());
storageManager.record(notificationManager);

const dashboard = createDashboardRouter({
  queueManager,
  storageManager,
  // Asked for every request. Whoever your app knows gets in, as what your app says; `false` keeps everybody else out.
  authorize: (request) => {
    const user = userOf(request);
    return user === undefined ? false : { id: user, role: user === 'ada' ? 'admin' : 'viewer' };
  },
});

const app = express();
app.get('/', (_request, response) => {
  response.send('The app that was there before.');
});
app.use('/admin/notifications', dashboard);

const server = app.listen(Number(process.env.PORT ?? 0), 'localhost', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`The dashboard is at http://localhost:${port}/admin/notifications`);
  if (process.env.CI) void tryOut(`http://localhost:${port}`).then(stop);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());

/** Stands for the login your app has: a session, a token, a header set by a proxy. */
function userOf(request: Request): string | undefined {
  return request.get('x-user');
}

async function tryOut(origin: string): Promise<void> {
  const statusOf = async (path: string, user?: string) => {
    const headers = user === undefined ? undefined : { 'x-user': user };
    return (await fetch(`${origin}${path}`, { ...(headers && { headers }) })).status;
  };
  console.log(`the app:                  ${await statusOf('/')}`);
  console.log(`the dashboard, nobody:    ${await statusOf('/admin/notifications/api/stats')}`);
  console.log(`the dashboard, as grace:  ${await statusOf('/admin/notifications/api/stats', 'grace')}`);
}

async function stop(): Promise<void> {
  dashboard.close();
  server.close();
  await queueManager.close();
  await storageManager.close();
}
