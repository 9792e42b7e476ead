/**
 * A newsroom: articles go through AI, plugins, publication, webhooks and mail, in two working processes on one SQLite file, under the eyes of its owners.
 *
 *   OWNERS=ada:$(openssl rand -hex 16) node examples/newsroom/src/main.ts
 *
 * Vendors are stand-ins on this machine; nothing leaves it. Ctrl-C lets what is in hand come to its end.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { AuditedQueueAdapter, QueueManager } from '@townkrier/queue';
import { SqliteAuditStore } from '@townkrier/sqlite/storage';
import { AuditLog } from '@townkrier/storage';
import { openNewsroom } from './newsroom.ts';
import { openQueue } from './open-queue.ts';
import { Producers } from './producers.ts';
import { createQueues } from './queues.ts';
import { readSettings, type Settings, SettingsError } from './settings.ts';
import { WebhookReceiver } from './stand-ins/webhook-receiver.ts';
import { createWebApp } from './web-app.ts';
import { WorkerProcesses } from './worker-processes.ts';

try {
  await main(readSettings(process.env));
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function main(settings: Settings): Promise<void> {
  const dataFolder = resolve(settings.dataFolder);
  mkdirSync(dataFolder, { recursive: true });
  const newsroom = openNewsroom(dataFolder);
  const adapter = openQueue(dataFolder);
  const queues = createQueues(settings.retryDelay);
  const queue = new QueueManager(adapter, undefined, { queues });
  const auditLog = new AuditLog(new SqliteAuditStore({ file: join(dataFolder, 'audit.db') }));
  const audited = new AuditedQueueAdapter(adapter, {
    sink: { write: async (entry) => void (await auditLog.append(entry)) },
  });
  const secret = randomBytes(32).toString('hex');
  const receiver = new WebhookReceiver(secret);
  const workers = new WorkerProcesses(
    {
      DATA_FOLDER: dataFolder,
      RETRY_DELAY: String(settings.retryDelay),
      WEBHOOK_URL: await receiver.listen(),
      WEBHOOK_SECRET: secret,
    },
    (line) => console.error(line),
  );
  const producers = new Producers(queue, newsroom);
  const app = createWebApp({
    settings,
    queue,
    queues,
    audited,
    auditLog,
    producers,
    newsroom,
    receiver,
  });
  const server = app.listen(settings.port, '127.0.0.1');
  try {
    await once(server, 'listening');
    await workers.start();
    await producers.setSchedules();
    console.log(describe(settings, server.address() as AddressInfo, workers));
    await interrupted();
    console.log('Finishing what is in hand …');
  } finally {
    await workers.stop();
    await queue.close();
    server.close();
    server.closeAllConnections();
    await receiver.close();
    await auditLog.close();
    newsroom.close();
  }
}

function describe({ owners }: Settings, { port }: AddressInfo, { pids }: WorkerProcesses): string {
  const names = owners.map(({ name }) => name).join(', ');
  return [
    `Newsroom: http://127.0.0.1:${port}`,
    `Workers: ${Object.entries(pids)
      .map(([name, pid]) => `${name} ${pid}`)
      .join(', ')}`,
    names === '' ? 'No OWNERS are set, so nobody is let in.' : `Owners: ${names}`,
    'Ctrl-C ends it.',
  ].join('\n');
}

async function interrupted(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
