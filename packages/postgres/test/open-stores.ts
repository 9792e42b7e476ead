import { type JobToInsert, StoreQueueAdapter, type StoreQueueAdapterOptions } from '@townkrier/queue';
import type pg from 'pg';
import { quoteName } from '../src/postgres-database.ts';
import { PostgresJobStore, type PostgresJobStoreOptions } from '../src/queue/postgres-job-store.ts';
import { dropSchema, freshSchema, openTestPool, serverUrl } from './test-server.ts';

/** Stores over one schema of a real server in real time, as a test of this package needs them, and a pool to look behind their backs. */
export class OpenStores {
  readonly schema: string;
  readonly admin: pg.Pool = openTestPool();
  readonly #stores: PostgresJobStore[] = [];
  readonly #adapters: StoreQueueAdapter[] = [];
  #jobs = 0;

  constructor(schema: string = freshSchema()) {
    this.schema = schema;
  }

  /** Opens a store, as another process would. */
  store(options: Partial<PostgresJobStoreOptions> = {}): PostgresJobStore {
    const store = new PostgresJobStore({
      connection: serverUrl(),
      schema: this.schema,
      maxConnections: 4,
      queryTimeout: 20_000,
      enqueueTimeout: 20_000,
      preparedStatements: true,
      maxJobs: 100_000,
      finishedMaxAge: 86_400_000,
      ...options,
    });
    this.#stores.push(store);
    return store;
  }

  /** Opens an adapter over a store; workers only find what they are told of. */
  adapter(store: PostgresJobStore = this.store(), options: StoreQueueAdapterOptions = {}): StoreQueueAdapter {
    const adapter = new StoreQueueAdapter(store, {
      pollInterval: 1e9,
      shutdownTimeout: 100,
      onError: () => undefined,
      ...options,
    });
    this.#adapters.push(adapter);
    return adapter;
  }

  /** A plain job, ready to be stored. */
  job(job: Partial<JobToInsert> = {}): JobToInsert {
    this.#jobs += 1;
    return {
      id: `job-${this.#jobs}`,
      queue: 'default',
      type: 'test.job',
      name: 'test.job',
      payload: null,
      priority: 5,
      maxRetries: 0,
      backoff: { type: 'fixed', delay: 1000, factor: 1, maxDelay: 86_400_000, jitter: 'none' },
      timeout: 30_000,
      scheduledFor: null,
      metadata: {},
      deliveries: [],
      tags: [],
      groupKey: null,
      owner: null,
      idempotencyKey: null,
      keyRetention: null,
      removeAfter: null,
      expiresAt: null,
      agingMs: null,
      isFair: false,
      ...job,
    };
  }

  /** A table of the schema, as it stands in SQL. */
  table(name: string): string {
    return `${quoteName(this.schema)}.${quoteName(name)}`;
  }

  /** What the counters say, and what is there, in the same form. */
  async countBoth(): Promise<{ readonly counted: unknown; readonly real: unknown }> {
    const { rows: counted } = await this.admin.query(
      `SELECT queue, status, sum(n)::integer AS n FROM ${this.table('job_counts')} GROUP BY queue, status HAVING sum(n) <> 0 ORDER BY 1, 2`,
    );
    const { rows: real } = await this.admin.query(
      `SELECT queue, status, count(*)::integer AS n FROM ${this.table('jobs')} GROUP BY queue, status ORDER BY 1, 2`,
    );
    return { counted, real };
  }

  async close(): Promise<void> {
    await Promise.all(this.#adapters.map((adapter) => adapter.close()));
    await Promise.all(this.#stores.map((store) => store.close()));
    await dropSchema(this.admin, this.schema);
    await this.admin.end();
  }
}
