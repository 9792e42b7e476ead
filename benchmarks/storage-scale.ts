import {
  InMemoryStorageAdapter,
  type LogQuery,
  type NotificationLog,
  NotificationLogStatus,
} from '@townkrier/storage';
import Table from 'cli-table3';

/*
 * What a page of the delivery log, its statistics and a change to it cost while 1,000, 100,000 and 1,000,000 rows are kept, as medians, and how much memory
 * a row takes. The aim is a flat line for all but the one operation that says so. The sizes are measured in turns, so that a slow moment of the machine
 * meets all three.
 *
 * node --expose-gc benchmarks/storage-scale.ts
 */

const SIZES = [1_000, 100_000, 1_000_000] as const;
const ROUNDS = 60;
const WARM_UP_ROUNDS = 10;
const ROWS_PER_SAVE = 1000;
const START = Date.UTC(2026, 0, 1);
const CHANNELS = ['email', 'email', 'email', 'sms', 'push'] as const;
const STATUSES = [
  'sent',
  'delivered',
  'delivered',
  'delivered',
  'failed',
  'retrying',
  'pending',
  'skipped',
] as const;

interface Log {
  readonly size: number;
  readonly adapter: InMemoryStorageAdapter;
  readonly bytesPerRow: number;
}

const page = (query: Partial<LogQuery>): LogQuery => ({
  limit: 50,
  offset: 0,
  sortBy: 'createdAt',
  sortOrder: 'desc',
  ...query,
});
const momentOf = (index: number): Date => new Date(START + index * 1000);

/** What is measured; each leaves the log as it was. */
const OPERATIONS: Readonly<Record<string, (log: Log, round: number) => Promise<unknown>>> = {
  'newest 50': ({ adapter }) => adapter.query(page({})),
  '50 in the middle of all': ({ adapter, size }) => adapter.query(page({ offset: Math.floor(size / 2) })),
  '50 of one status and channel, by sentAt, in the middle': ({ adapter, size }) =>
    adapter.query(
      page({ status: 'delivered', channel: 'email', sortBy: 'sentAt', offset: Math.floor(size / 10) }),
    ),
  '50 of three statuses': ({ adapter }) => adapter.query(page({ status: ['failed', 'retrying', 'skipped'] })),
  '50 of one type (half of all)': ({ adapter, size }) =>
    adapter.query(page({ notificationType: 'type-0', offset: Math.floor(size / 4) })),
  'rows of one recipient': ({ adapter }, round) =>
    adapter.query(page({ recipientHash: `recipient-${round}` })),
  '50 between two dates': ({ adapter, size }) =>
    adapter.query(page({ startDate: momentOf(size * 0.4), endDate: momentOf(size * 0.6) })),
  '50 between two dates by sentAt (may read rows)': ({ adapter, size }) =>
    adapter.query(page({ startDate: momentOf(size * 0.4), endDate: momentOf(size * 0.6), sortBy: 'sentAt' })),
  'statistics of all': ({ adapter }) => adapter.stats({}),
  'statistics between two dates': ({ adapter, size }) =>
    adapter.stats({ startDate: momentOf(size * 0.4), endDate: momentOf(size * 0.6) }),
  'save, update and erase a row': saveAndErase,
};

const logs: Log[] = [];
for (const size of SIZES) logs.push(await fill(size));
const results: { readonly operation: string; readonly microseconds: readonly number[] }[] = [];
for (const operation of Object.keys(OPERATIONS)) {
  results.push({ operation, microseconds: await measure(operation) });
}
report();
for (const { adapter } of logs) await adapter.close();

async function fill(size: number): Promise<Log> {
  const adapter = new InMemoryStorageAdapter({ maxLogs: 2 * size });
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < size; index += ROWS_PER_SAVE) {
    await adapter.save(Array.from({ length: ROWS_PER_SAVE }, (_, offset) => rowOf(index + offset)));
  }
  globalThis.gc?.();
  return { size, adapter, bytesPerRow: Math.round((process.memoryUsage().heapUsed - before) / size) };
}

function rowOf(index: number): NotificationLog {
  const status = STATUSES[(index * 7) % STATUSES.length] ?? NotificationLogStatus.SENT;
  const wasSent = status === 'sent' || status === 'delivered';
  // Sent a while after it was made, so that the two orders differ.
  const sentAt = new Date(momentOf(index).getTime() + ((index * 7919) % 600_000));
  return {
    id: `log-${index}`,
    notificationId: `notification-${Math.floor(index / 2)}`,
    notificationType: `type-${index % 2 === 0 ? 0 : index % 20}`,
    channel: CHANNELS[index % CHANNELS.length] ?? 'email',
    recipient: 'a***@example.com',
    recipientHash: `recipient-${index % Math.max(200, Math.floor(SIZES[2] / 10))}`,
    status,
    subject: 'Your order is on its way',
    contentPrivacy: 'masked',
    attempts: 1,
    retryLogs: [],
    idempotencyKey: `key-${index}`,
    createdAt: momentOf(index),
    updatedAt: momentOf(index),
    ...(wasSent && { sentAt, provider: 'smtp' }),
  };
}

async function saveAndErase({ adapter, size }: Log): Promise<void> {
  const row = { ...rowOf(size + 7), id: 'new', idempotencyKey: 'new', recipientHash: 'new' };
  await adapter.save([row]);
  await adapter.update('new', {
    status: 'delivered',
    updatedAt: momentOf(size + 9),
    deliveredAt: momentOf(size + 9),
  });
  await adapter.deleteByRecipient('new');
}

async function measure(operation: string): Promise<number[]> {
  const run = OPERATIONS[operation];
  if (run === undefined) throw new Error(`There is no operation ${operation}.`);
  const samples = logs.map((): number[] => []);
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    for (const [index, log] of logs.entries()) {
      const started = performance.now();
      await run(log, round);
      if (round >= WARM_UP_ROUNDS) samples[index]?.push((performance.now() - started) * 1000);
    }
  }
  return samples.map(median);
}

function median(samples: readonly number[]): number {
  return Math.round(samples.toSorted((left, right) => left - right)[Math.floor(samples.length / 2)] ?? 0);
}

function report(): void {
  const head = ['median, µs', ...SIZES.map((size) => size.toLocaleString('en')), 'growth'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { operation, microseconds } of results) {
    const growth = (microseconds.at(-1) ?? 0) / Math.max(1, microseconds[0] ?? 1);
    table.push([operation, ...microseconds.map((us) => us.toLocaleString('en')), growth.toFixed(1)]);
  }
  table.push(['bytes a row', ...logs.map(({ bytesPerRow }) => bytesPerRow.toLocaleString('en')), '']);
  console.log(table.toString());
  console.log(JSON.stringify({ benchmark: 'storage-scale', sizes: SIZES, results }));
}
