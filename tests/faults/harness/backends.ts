import { join } from 'node:path';
import type { JobStore, QueueAdapter, StoreQueueAdapterOptions } from '@townkrier/queue';
import { startPostgres } from '../../../tools/services/postgres.ts';
import { startRedis } from '../../../tools/services/redis.ts';

/** What keeps the jobs. */
export type Backend = 'sqlite' | 'postgres' | 'bullmq';
export const BACKENDS: readonly Backend[] = ['sqlite', 'postgres', 'bullmq'];

/** Where a queue is: plain data, so that other processes can open the same one. */
export type QueueAddress =
  | { readonly backend: 'sqlite'; readonly file: string }
  | { readonly backend: 'postgres'; readonly url: string; readonly schema: string }
  | { readonly backend: 'bullmq'; readonly url: string; readonly prefix: string };

/** Options that every adapter has, and those of some that a scenario needs. */
export type QueueOptions = StoreQueueAdapterOptions & {
  readonly maxJobs?: number;
  /** SQLite only. */
  readonly busyTimeout?: number;
};

/** A queue opened in this process. */
export interface OpenQueue {
  readonly adapter: QueueAdapter;
  /** The part between the adapter and its database, where fail points go. */
  readonly store: JobStore;
}

/** A database server that a run may kill. */
export interface BackendServer {
  readonly url: string;
  readonly port: number;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Opens a queue, in whichever process. */
export async function openQueue(address: QueueAddress, options: QueueOptions = {}): Promise<OpenQueue> {
  switch (address.backend) {
    case 'sqlite': {
      const { SqliteQueueAdapter } = await import('@townkrier/sqlite/queue');
      class Opened extends SqliteQueueAdapter {
        readonly jobStore = this.store;
      }
      const adapter = new Opened({ ...options, file: address.file });
      return { adapter, store: adapter.jobStore };
    }
    case 'postgres': {
      const { PostgresQueueAdapter } = await import('@townkrier/postgres/queue');
      class Opened extends PostgresQueueAdapter {
        readonly jobStore = this.store;
      }
      const adapter = new Opened({ ...options, connection: address.url, schema: address.schema });
      return { adapter, store: adapter.jobStore };
    }
    case 'bullmq': {
      const { BullMqQueueAdapter } = await import('@townkrier/bullmq');
      class Opened extends BullMqQueueAdapter {
        readonly jobStore = this.store;
      }
      const adapter = new Opened({ ...options, connection: address.url, prefix: address.prefix });
      return { adapter, store: adapter.jobStore };
    }
  }
}

/** Scenarios run side by side, with up to eight workers each and ten connections a worker. */
const MANY_CONNECTIONS = '500';

/** Starts what a backend needs, keeping every acknowledged write through a kill -9; `null` where it needs nothing. @throws where it is not installed. */
export async function startServerOf(backend: Backend): Promise<BackendServer | null> {
  if (backend === 'sqlite') return null;
  const server =
    backend === 'postgres'
      ? await startPostgres({ isDurable: true, settings: { max_connections: MANY_CONNECTIONS } })
      : await startRedis({ append: 'always' });
  if (server === null) throw new Error(`${backend}: no server is installed; see CONTRIBUTING.md`);
  return server;
}

let opened = 0;

/** A queue nobody has used. @param url - Of its server. */
export function freshAddress(backend: Backend, folder: string, url = ''): QueueAddress {
  opened += 1;
  const name = `faults_${process.pid}_${opened}`;
  if (backend === 'sqlite') return { backend, file: join(folder, 'queue.db') };
  return backend === 'postgres' ? { backend, url, schema: name } : { backend, url, prefix: name };
}

/** The same queue, reached through another port. */
export function through(port: number, address: QueueAddress): QueueAddress {
  if (address.backend === 'sqlite') throw new Error('nothing stands between an app and its SQLite file');
  const url = new URL(address.url);
  url.port = String(port);
  return { ...address, url: url.toString() };
}

/** The same server, reached through another port. */
export function behind(port: number, server: BackendServer): BackendServer {
  const url = new URL(server.url);
  url.port = String(port);
  return { ...server, port, url: url.toString() };
}
