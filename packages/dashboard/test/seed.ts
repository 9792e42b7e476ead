import type { JsonValue } from '@townkrier/core';
import { NonRetryableError, type QueueJob } from '@townkrier/queue';
import type { NewNotificationLog, NotificationLog } from '@townkrier/storage';
import type { Sources } from './harness.ts';

/** Somebody whose data must show nowhere. */
export const ADA = { name: 'Ada Lovelace', email: 'ada@example.com', code: 'ZX81-4471-QQ' };

let keys = 0;

interface JobSeed {
  readonly id?: string;
  readonly scheduledFor?: number;
  readonly metadata?: Readonly<Record<string, JsonValue>>;
}

/** A job as `QueueManager.enqueue` stores it for a typed notification to Ada. */
export async function addNotificationJob(
  { adapter, clock }: Pick<Sources, 'adapter' | 'clock'>,
  seed: JobSeed = {},
): Promise<QueueJob> {
  keys += 1;
  const idempotencyKey = `key-${keys}`;
  const address = { email: ADA.email, name: ADA.name };
  const [job] = await adapter.add([
    {
      ...seed,
      type: 'townkrier.notification',
      name: 'account.code',
      maxRetries: 0,
      payload: {
        format: 1,
        id: `notification-${keys}`,
        type: 'account.code',
        version: 1,
        content: { kind: 'payload', payload: { name: ADA.name, code: ADA.code } },
        recipient: { email: address },
        deliveries: [{ idempotencyKey, channel: 'email', address }],
        priority: 'normal',
        metadata: {},
      },
      deliveries: [
        {
          idempotencyKey,
          channel: 'email',
          status: 'pending',
          isRetryable: true,
          attempts: 0,
          provider: null,
          messageId: null,
          reason: null,
          updatedAt: new Date(clock.now()),
        },
      ],
    },
  ]);
  if (job === undefined) throw new Error('the adapter stored no job');
  return job;
}

/** Runs all due jobs once and lets each fail for good. */
export async function failJob(
  sources: Pick<Sources, 'adapter' | 'clock'>,
  error: Error,
  logLines: readonly string[] = [],
): Promise<void> {
  await runJobs(sources, async (log) => {
    for (const line of logLines) await log(line);
    throw new NonRetryableError(error.message, { cause: error });
  });
}

/** Runs all due jobs once. */
export async function runJobs(
  { adapter, clock }: Pick<Sources, 'adapter' | 'clock'>,
  work: (log: (line: string) => Promise<void>) => Promise<void> = async () => {},
): Promise<void> {
  const worker = adapter.work(async (context) => {
    await work((line) => context.log(line));
    return undefined;
  });
  await clock.advance(100);
  await clock.settle();
  await worker.stop();
}

/** A row of the log about a mail to Ada. */
export async function logRow(
  { storageManager, clock }: Pick<Sources, 'storageManager' | 'clock'>,
  row: Partial<NewNotificationLog> = {},
): Promise<NotificationLog> {
  keys += 1;
  return await storageManager.logNotification({
    notificationId: `notification-${keys}`,
    channel: 'email',
    recipient: ADA.email,
    status: 'sent',
    subject: 'Your code',
    content: `Hello ${ADA.name}`,
    contentType: 'text',
    sentAt: new Date(clock.now()),
    personalValues: [ADA.name],
    ...row,
  });
}
