import { createRequire } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import { Notification, NotificationManager } from '@townkrier/core';
import { QueueManager } from '@townkrier/queue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SqliteHandle, SqliteQueueAdapter } from '../src/queue/index.ts';
import { temporaryFile } from './temporary-file.ts';

class OrderPlaced extends Notification {
  via() {
    return ['email'];
  }
  override toEmail() {
    return { subject: 'Thank you', text: 'We have your order.' };
  }
}

const RECIPIENT = { email: 'ada@example.com' };

type Connection = SqliteHandle & { close(): void };

/** It ships no types. */
const BetterSqlite3: new (file: string) => Connection = createRequire(import.meta.url)('better-sqlite3');

/** The two clients an app may use. */
const CLIENTS: Readonly<Record<string, (file: string) => Connection>> = {
  'node:sqlite': (file) => new DatabaseSync(file),
  'better-sqlite3': (file) => new BetterSqlite3(file),
};

let place: ReturnType<typeof temporaryFile>;
let queue: QueueManager;

beforeEach(() => {
  place = temporaryFile();
  const manager = new NotificationManager().registerChannel('nowhere', {
    type: 'email',
    honoursIdempotencyKey: true,
    parseAddress: (address) => address,
    parseMessage: (message) => message,
    send: async ({ idempotencyKey }) => ({ messageId: idempotencyKey, status: 'accepted' }),
  });
  queue = new QueueManager(new SqliteQueueAdapter({ file: place.file }), manager);
});

afterEach(async () => {
  await queue.close();
  place.remove();
});

describe.each(Object.entries(CLIENTS))('a notification enqueued in a transaction on %s', (_name, open) => {
  it('is there once the order is committed', async () => {
    const app = open(place.file);
    app.exec('CREATE TABLE orders (id INTEGER); BEGIN IMMEDIATE; INSERT INTO orders VALUES (4711)');
    const job = await queue.enqueue(new OrderPlaced(), RECIPIENT, { transaction: app });
    expect(await queue.getJob(job.id)).toBeNull();
    app.exec('COMMIT');
    app.close();
    expect(await queue.getJob(job.id)).toMatchObject({ status: 'pending', name: job.name });
    const completed = new Promise((resolve) => queue.on('job:completed', ({ jobId }) => resolve(jobId)));
    queue.startProcessing();
    expect(await completed).toBe(job.id);
  });

  it('never was when the order is rolled back', async () => {
    const app = open(place.file);
    app.exec('CREATE TABLE orders (id INTEGER); BEGIN IMMEDIATE; INSERT INTO orders VALUES (4711)');
    const job = await queue.enqueue(new OrderPlaced(), RECIPIENT, { transaction: app });
    app.exec('ROLLBACK');
    app.close();
    expect(await queue.getJob(job.id)).toBeNull();
    expect(await queue.getJobs()).toEqual([]);
  });
});

it('a connection without a transaction is refused, and stays without one', async () => {
  const app = new DatabaseSync(place.file);
  await expect(queue.enqueue(new OrderPlaced(), RECIPIENT, { transaction: app })).rejects.toMatchObject({
    code: 'QUEUE_TRANSACTION_INVALID',
    message: expect.stringContaining('no transaction is open on it'),
  });
  expect(app.isTransaction).toBe(false);
  app.close();
  expect(await queue.getJobs()).toEqual([]);
});

it('a transaction on another file is refused', async () => {
  const elsewhere = temporaryFile();
  const app = new DatabaseSync(elsewhere.file);
  app.exec('BEGIN IMMEDIATE');
  await expect(queue.enqueue(new OrderPlaced(), RECIPIENT, { transaction: app })).rejects.toMatchObject({
    code: 'QUEUE_TRANSACTION_INVALID',
    message: expect.stringContaining('where the queue is'),
  });
  app.close();
  elsewhere.remove();
});

it('jobs that do not fit leave the rest of the transaction alone', async () => {
  const small = new SqliteQueueAdapter({ file: place.file, maxJobs: 1 });
  const app = new DatabaseSync(place.file);
  app.exec('CREATE TABLE orders (id INTEGER); BEGIN IMMEDIATE; INSERT INTO orders VALUES (4711)');
  const two = [
    { type: 'mail', payload: 1 },
    { type: 'mail', payload: 2 },
  ];
  await expect(small.add(two, { transaction: app })).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  app.exec('COMMIT');
  expect(app.prepare('SELECT id FROM orders').all()).toEqual([{ id: 4711 }]);
  app.close();
  expect((await small.findJobs({})).total).toBe(0);
  await small.close();
});
