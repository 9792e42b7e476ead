import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PostgresStorageAdapter } from '@townkrier/postgres/storage';
import { SqliteStorageAdapter } from '@townkrier/sqlite/storage';
import {
  InMemoryStorageAdapter,
  type LogQuery,
  type NotificationLog,
  NotificationLogStatus,
  type StorageAdapter,
} from '@townkrier/storage';
import Table from 'cli-table3';
import pg from 'pg';
import { POSTGRES_MISSING, type PostgresServer, startPostgres } from '../tools/services/postgres.ts';

/*
 * What a page of the delivery log, its statistics and a change to it cost while 1,000, 100,000 and 1,000,000 rows are kept, as medians, and how much memory
 * (or disk) a row takes. The aim is a flat line for all but the operations that say so. The sizes are measured in turns, so that a slow moment of the machine
 * meets all three. For a durable adapter also how many writes a second there are, into the middle one.
 *
 * node --expose-gc benchmarks/storage-scale.ts [--adapter memory|sqlite|postgres] [--durability full|normal]
 */

const SIZES = [1_000, 100_000, 1_000_000] as const;
const ROUNDS = 60;
const WARM_UP_ROUNDS = 10;
const ROWS_PER_SAVE = 1000;
const CONTENT = 'Dear A***, your order has been shipped and will arrive soon. '.repeat(12);
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
  readonly adapter: StorageAdapter;
  readonly bytesPerRow: number;
  /** Closes it and deletes what it kept. */
  remove(): Promise<void>;
}

/** An adapter for so many rows, and what they take: bytes of memory, or of the disk. */
interface Backend {
  readonly adapter: StorageAdapter;
  bytes(): Promise<number>;
  remove(): Promise<void>;
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
  'the row of an idempotency key': ({ adapter, size }, round) =>
    adapter.getByIdempotencyKey(`key-${(round * 7919) % size}`),
  '50 of one type (half of all)': ({ adapter }) => adapter.query(page({ notificationType: 'type-0' })),
  '50 of one type and status': ({ adapter }) =>
    adapter.query(page({ notificationType: 'type-0', status: 'sent' })),
  '50 of one provider': ({ adapter }) => adapter.query(page({ provider: 'smtp' })),
  '50 of one type, in the middle': ({ adapter, size }) =>
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

const { adapter: kind = 'memory', durability = 'full' } = parseArgs({
  options: { adapter: { type: 'string' }, durability: { type: 'string' } },
}).values;
let server: PostgresServer | null | undefined;
const logs: Log[] = [];
for (const size of SIZES) logs.push(await fill(size));
const results: { readonly operation: string; readonly microseconds: readonly number[] }[] = [];
for (const operation of Object.keys(OPERATIONS)) {
  results.push({ operation, microseconds: await measure(operation) });
}
report();
if (kind !== 'memory') await reportWrites();
for (const { remove } of logs) await remove();

async function open(size: number): Promise<Backend> {
  switch (kind) {
    case 'memory': {
      const adapter = new InMemoryStorageAdapter({ maxLogs: 2 * size });
      return { adapter, bytes: async () => process.memoryUsage().heapUsed, remove: () => adapter.close() };
    }
    case 'sqlite':
      return openSqlite();
    case 'postgres':
      return openPostgres(`size_${size}`);
    default:
      throw new Error(`There is no adapter ${kind}.`);
  }
}

function openSqlite(): Backend {
  const folder = mkdtempSync(join(tmpdir(), 'townkrier-benchmark-'));
  const file = join(folder, 'log.db');
  const adapter = new SqliteStorageAdapter({
    file,
    durability: durability === 'normal' ? 'normal' : 'full',
  });
  const remove = async (): Promise<void> => {
    await adapter.close();
    rmSync(folder, { recursive: true });
  };
  return { adapter, bytes: async () => statSync(file).size, remove };
}

/** A server for all sizes, each of which has a schema; stopped with the last of them. */
async function openPostgres(schema: string): Promise<Backend> {
  server ??= await startPostgres({ isDurable: true, settings: { shared_buffers: '512MB' } });
  if (server === null) throw new Error(POSTGRES_MISSING);
  const { url } = server;
  const adapter = new PostgresStorageAdapter({ connection: url, schema, queryTimeout: 60_000 });
  const ask = async (sql: string): Promise<number> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    await client.end();
    return Number(rows[0]?.[0]);
  };
  return {
    adapter,
    async bytes() {
      await adapter.get('nothing');
      // As autovacuum does within a minute; until then the server would plan with the counts of an empty table.
      await ask(`VACUUM (ANALYZE) ${schema}.logs`);
      return ask(`SELECT pg_total_relation_size('${schema}.logs')`);
    },
    async remove() {
      await adapter.close();
      await server?.stop();
    },
  };
}

async function fill(size: number): Promise<Log> {
  const { adapter, bytes, remove } = await open(size);
  globalThis.gc?.();
  const before = await bytes();
  for (let index = 0; index < size; index += ROWS_PER_SAVE) {
    await adapter.save(Array.from({ length: ROWS_PER_SAVE }, (_, offset) => rowOf(index + offset)));
  }
  globalThis.gc?.();
  return { size, adapter, remove, bytesPerRow: Math.round(((await bytes()) - before) / size) };
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

/** The life of a row in the log of a queue: saved, updated when it is sent and when it was. */
async function recordOne(adapter: StorageAdapter, id: string): Promise<void> {
  const row = rowOf(SIZES[1] + 1);
  await adapter.save([
    { ...row, id, idempotencyKey: id, recipientHash: id, notificationId: id, status: 'pending' },
  ]);
  await adapter.update(id, { status: 'sending', attempts: 1, content: CONTENT, updatedAt: row.updatedAt });
  await adapter.update(id, {
    status: 'sent',
    provider: 'smtp',
    messageId: id,
    sentAt: row.updatedAt,
    updatedAt: row.updatedAt,
  });
}

/** Writes a second, by callers that each wait for their own. */
async function measureWrites(adapter: StorageAdapter, inFlight: number, lives: number): Promise<number> {
  const label = `${inFlight}-${performance.now()}`;
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < lives) {
      next += 1;
      await recordOne(adapter, `life-${label}-${next}`);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, caller));
  return Math.round((3 * lives * 1000) / (performance.now() - started));
}

async function reportWrites(): Promise<void> {
  const adapter = logs[1]?.adapter;
  if (adapter === undefined) return;
  const table = new Table({
    head: ['writes (1 save, 2 updates) a second', 'median of 5'],
    style: { head: [], border: [] },
  });
  for (const [inFlight, lives] of [
    [1, 300],
    [50, 2000],
  ] as const) {
    await measureWrites(adapter, inFlight, lives);
    const samples: number[] = [];
    for (let round = 0; round < 5; round += 1) samples.push(await measureWrites(adapter, inFlight, lives));
    table.push([`${inFlight} in flight`, median(samples).toLocaleString('en')]);
  }
  console.log(table.toString());
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
