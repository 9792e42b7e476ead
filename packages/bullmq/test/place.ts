import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
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
