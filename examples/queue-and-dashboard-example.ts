/**
 * TownKrier's main job in one process: notifications sent now, queued by priority, scheduled, retried through an outage, logged and watched.
 *
 *   npm run demo -- [recipients.csv] [--exit] [--port N] [--data FOLDER]
 *
 * The mailbox is a real SMTP server on loopback, so nothing leaves the machine. Jobs and log are in a SQLite file: end the process in the middle, even with
 * kill -9, start it again, and it goes on where it stopped.
 */
import { fileURLToPath } from 'node:url';
import { NotificationManager } from '@townkrier/core';
import { DashboardServer } from '@townkrier/dashboard';
import { JobPriority, QueueManager } from '@townkrier/queue';
import { createSmtpChannel } from '@townkrier/smtp';
import { SqliteQueueAdapter } from '@townkrier/sqlite/queue';
import { SqliteStorageAdapter } from '@townkrier/sqlite/storage';
import { StorageManager } from '@townkrier/storage';
import colors from 'picocolors';
import { type DemoOptions, parseCommandLine, UsageError } from './demo/command-line.ts';
import { DataFolder } from './demo/data-folder.ts';
import { interrupted } from './demo/interruption.ts';
import { Mailbox } from './demo/mailbox.ts';
import { InvoiceReady, TrialEnding, Welcome } from './demo/notifications.ts';
import { left, Progress } from './demo/progress.ts';
import { type DemoRecipient, readRecipients } from './demo/recipients.ts';
import { agrees, formatSummary, summarise } from './demo/summary.ts';

const SHIPPED_RECIPIENTS = fileURLToPath(new URL('recipients.csv', import.meta.url));

try {
  process.exitCode = await main(parseCommandLine(process.argv.slice(2), process.env));
} catch (error) {
  if (!isForTheUser(error)) throw error;
  console.error(colors.red(error.message));
  process.exitCode = 1;
}

async function main(options: DemoOptions): Promise<number> {
  const { recipients, problems } = await readRecipients(options.recipientsFile ?? SHIPPED_RECIPIENTS);
  for (const problem of problems) console.error(colors.yellow(`skipped ${problem}`));
  const [first, ...rest] = recipients;
  if (first === undefined) throw new UsageError('the file names no recipient that mail could be sent to.');

  // The mail server goes down for two seconds after the eighth mail: retries and the circuit breaker have something to do.
  const data = new DataFolder(options.dataFolder);
  const mailbox = new Mailbox(data.mailbox, { afterMails: 8, milliseconds: 2000 });
  const notificationManager = createNotificationManager(await mailbox.listen());
  const storageManager = new StorageManager(new SqliteStorageAdapter({ file: data.database }), {
    hashKey: 'a secret of your own, not in the code',
  });
  storageManager.record(notificationManager);
  const queueManager = new QueueManager(
    // A run that was killed is believed dead after three seconds instead of fifteen, so that the next one soon goes on with what it had in hand.
    new SqliteQueueAdapter({ file: data.database, maxRetries: 8, retryDelay: 500, leaseMs: 3000 }),
    notificationManager,
  );
  const dashboard = new DashboardServer({
    queueManager,
    storageManager,
    port: options.port,
    path: '/dashboard',
  });

  const shutDown = async (): Promise<void> => {
    await queueManager.close();
    await dashboard.stop();
    await notificationManager.close();
    await mailbox.close();
  };
  let isOver = false;
  const noteWhetherOver = async (): Promise<void> => {
    isOver = left(await queueManager.getStats()) === 0;
  };
  try {
    await dashboard.start();
    console.log(`Dashboard: ${colors.cyan(`http://localhost:${dashboard.port}/dashboard`)}`);

    if (data.isResumed) {
      console.log(
        `Resuming: the last run left ${left(await queueManager.getStats())} notifications to send.`,
      );
    } else {
      await queueManager.sendNow(new Welcome({ name: first.name, plan: first.plan }), addressOf(first));
      console.log(`Sent 1 notification at once; queueing ${rest.length} more …`);
    }
    const progress = new Progress(queueManager);
    progress.start();
    await Promise.all(rest.map((recipient, index) => enqueue(queueManager, recipient, index)));
    queueManager.startProcessing({ concurrency: 4 });
    await Promise.race([progress.untilIdle(), interrupted()]);
    // After Ctrl-C this drains what is in hand, so that the summary tells the truth; otherwise nothing is left to wait for.
    await queueManager.stopProcessing();
    await progress.stop();

    const summary = await summarise(storageManager, mailbox);
    console.log(formatSummary(summary, mailbox));
    await noteWhetherOver();
    if (options.exits) return agrees(summary) ? 0 : 1;
    // From here on the dashboard may retry jobs by hand.
    queueManager.startProcessing({ concurrency: 4 });
    console.log(`The dashboard stays up; ${colors.bold('Ctrl-C')} ends the demo.`);
    await interrupted();
    console.log('Draining what is in hand …');
    await queueManager.stopProcessing();
    await noteWhetherOver();
    return 0;
  } finally {
    await shutDown();
    // What is left to send is for the next run.
    if (isOver) data.remove();
  }
}

function createNotificationManager(smtpPort: number): NotificationManager {
  const manager = new NotificationManager({
    defaultChannel: 'email-smtp',
    channels: [
      {
        name: 'email-smtp',
        config: {
          host: '127.0.0.1',
          port: smtpPort,
          secure: false,
          from: 'TownKrier <hello@example.com>',
          // The mailbox knows a mail by its Message-ID: one that was on its way when the process died may be handed over again.
          honoursIdempotencyKey: true,
        },
      },
    ],
    circuitBreaker: { rest: 1000 },
  });
  manager.registerFactory('email-smtp', createSmtpChannel);
  manager.register(Welcome, InvoiceReady, TrialEnding);
  return manager;
}

/**
 * Paying customers first, newcomers last, and trials a few seconds later. Each has an idempotency key: a run that goes on after another was killed enqueues
 * everybody again, and nobody hears twice.
 */
async function enqueue(queue: QueueManager, recipient: DemoRecipient, index: number): Promise<void> {
  const { name, plan } = recipient;
  const to = addressOf(recipient);
  const idempotencyKey = `recipient-${index}-${recipient.email}`;
  if (plan === 'trial') {
    const code = String(100_000 + ((index * 7919) % 900_000));
    const scheduledFor = new Date(Date.now() + 3000 + index * 50);
    await queue.enqueue(new TrialEnding({ name, plan, code }), to, {
      idempotencyKey,
      scheduledFor,
      priority: JobPriority.NORMAL,
    });
    return;
  }
  if (plan === 'free') {
    await queue.enqueue(new Welcome({ name, plan }), to, { idempotencyKey, priority: JobPriority.LOW });
    return;
  }
  const priority = plan === 'business' ? JobPriority.CRITICAL : JobPriority.HIGH;
  const invoice = `2026-${String(index + 1).padStart(4, '0')}`;
  await queue.enqueue(new InvoiceReady({ name, plan, invoice }), to, {
    idempotencyKey,
    priority,
    metadata: { invoice },
  });
}

function addressOf({ name, email }: DemoRecipient) {
  return { email: { email, name } };
}

function isForTheUser(error: unknown): error is Error {
  return (
    error instanceof UsageError ||
    (error instanceof Error && 'code' in error && error.code === 'DASHBOARD_PORT_TAKEN')
  );
}
