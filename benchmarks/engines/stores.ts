import { join } from 'node:path';
import { systemClock } from '@townkrier/core';
import { InMemoryJobStore, type JobStore, StoreQueueAdapter } from '@townkrier/queue';
import type { Place } from '../harness/services.ts';
import { required } from './engine.ts';

/** Where jobs are kept. */
export type StoreKind = 'memory' | 'sqlite' | 'postgres';

/** A queue of ours, and the store behind it. */
export interface OpenStore {
  readonly adapter: StoreQueueAdapter;
  readonly store: JobStore;
}

/** Opens a queue that has room for so many jobs, `name` being its own in the place. */
export function openStore(kind: StoreKind, place: Place, name: string, maxJobs: number): Promise<OpenStore> {
  return { memory: openMemory, sqlite: openSqlite, postgres: openPostgres }[kind](place, name, maxJobs);
}

async function openMemory(_place: Place, _name: string, maxJobs: number): Promise<OpenStore> {
  const history = { keepCompleted: 0, keepFailed: 0, keepCancelled: 0, finishedMaxAge: 0 };
  const store = new InMemoryJobStore({ clock: systemClock, maxJobs, ...history });
  return { adapter: new StoreQueueAdapter(store), store };
}

/** Not synced: what a sync takes is the disk's, at any size. */
async function openSqlite({ folder }: Place, name: string, maxJobs: number): Promise<OpenStore> {
  const { SqliteQueueAdapter } = await import('@townkrier/sqlite/queue');
  class Opened extends SqliteQueueAdapter {
    get jobStore(): JobStore {
      return this.store;
    }
  }
  const adapter = new Opened({ file: join(folder, `${name}.db`), durability: 'normal', maxJobs });
  return { adapter, store: adapter.jobStore };
}

async function openPostgres({ postgresUrl }: Place, name: string, maxJobs: number): Promise<OpenStore> {
  const { PostgresQueueAdapter } = await import('@townkrier/postgres/queue');
  class Opened extends PostgresQueueAdapter {
    get jobStore(): JobStore {
      return this.store;
    }
  }
  const adapter = new Opened({ connection: required(postgresUrl), schema: name, maxJobs });
  return { adapter, store: adapter.jobStore };
}
