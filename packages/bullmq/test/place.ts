import { randomUUID } from 'node:crypto';
import { systemClock } from '@townkrier/core';
import { Redis } from 'ioredis';
import { BullMqJobStore, type BullMqJobStoreOptions } from '../src/bullmq-job-store.ts';
import { BullMqQueueAdapter, type BullMqQueueAdapterOptions } from '../src/index.ts';
import { requireRedisUrl } from './redis-url.ts';

/** A prefix of a test's own on the Redis of the tests, and what is open there. */
export class Place {
  readonly prefix = `test-${randomUUID()}`;
  readonly url = requireRedisUrl();
  readonly redis = new Redis(this.url);
  readonly #toClose: (() => Promise<unknown>)[] = [];

  /** An adapter that is closed with the place. */
  open(options: Partial<BullMqQueueAdapterOptions> = {}): BullMqQueueAdapter {
    const adapter = new BullMqQueueAdapter({ connection: this.url, prefix: this.prefix, ...options });
    this.onClose(() => adapter.close());
    return adapter;
  }

  /** A bare store that is closed with the place. */
  openStore(options: Partial<BullMqJobStoreOptions> = {}): BullMqJobStore {
    const store = new BullMqJobStore({
      connection: this.url,
      prefix: this.prefix,
      clock: systemClock,
      leaseMs: 15_000,
      enqueueTimeout: 2000,
      maxJobs: Number.POSITIVE_INFINITY,
      finishedMaxAge: 86_400_000,
      onError: () => undefined,
      ...options,
    });
    this.onClose(() => store.close());
    return store;
  }

  /** What Redis tells of its connections that have this name, a line each. */
  async connectionsNamed(name: string): Promise<readonly string[]> {
    const list = String(await this.redis.client('LIST'));
    return list.split('\n').filter((line) => line.includes(` name=${name} `));
  }

  /** What BullMQ's classes are given to work here. */
  get forBullMq() {
    return { connection: { url: this.url, maxRetriesPerRequest: null }, prefix: this.prefix };
  }

  /** Does so when the place is closed; what was named last comes first. */
  onClose(end: () => Promise<unknown>): void {
    this.#toClose.unshift(end);
  }

  async close(): Promise<void> {
    for (const end of this.#toClose) await end();
    const keys = await this.redis.keys(`${this.prefix}:*`);
    if (keys.length > 0) await this.redis.unlink(keys);
    this.redis.disconnect();
  }
}
