import { execFileSync } from 'node:child_process';
import { chownSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { type BackendServer, freshAddress, type QueueAddress, startServerOf } from './backends.ts';

/** Something that keeps a queue and can run out of room. */
export interface Disk {
  readonly server: BackendServer | null;
  /** Where the queue is, if the disk decides. */
  readonly address?: QueueAddress;
  /** From now on there is no room. */
  fill(): Promise<void>;
  /** There is room again. */
  free(): Promise<void>;
  close(): Promise<void>;
}

/** A limit on the pages of the SQLite file. It binds the connections that this process opens from now on. */
export async function limitedPages(): Promise<Disk> {
  const sqlite = process.getBuiltinModule('node:sqlite');
  const Original = sqlite.DatabaseSync;
  const connections: DatabaseSync[] = [];
  sqlite.DatabaseSync = class extends Original {
    constructor(...args: ConstructorParameters<typeof Original>) {
      super(...args);
      connections.push(this);
    }
  };
  const limit = (pages: number): void => {
    // SQLite takes the pages there are for a limit that is lower.
    for (const one of connections.filter(({ isOpen }) => isOpen))
      one.exec(`PRAGMA max_page_count = ${pages}`);
  };
  return {
    server: null,
    fill: async () => limit(1),
    free: async () => limit(2 ** 31),
    close: async () => {
      sqlite.DatabaseSync = Original;
    },
  };
}

/** A small file system in memory with the SQLite file on it. Needs root. */
export async function smallFileSystem(): Promise<Disk> {
  const folder = mount();
  return {
    server: null,
    address: freshAddress('sqlite', folder),
    fill: async () => fillUp(folder),
    free: async () => rmSync(join(folder, 'filler')),
    close: async () => unmount(folder),
  };
}

/** A PostgreSQL whose tables are in a small tablespace of their own. Needs root. */
export async function smallTablespace(): Promise<Disk> {
  const server = await startServerOf('postgres');
  if (server === null) throw new Error('needs a server');
  const folder = mount();
  const tables = join(folder, 'tables');
  mkdirSync(tables);
  chownSync(tables, 65_534, 65_534);
  const client = new Client(server.url);
  await client.connect();
  await client.query(`CREATE TABLESPACE small LOCATION '${tables}'`);
  await client.end();
  const url = `${server.url}?options=${encodeURIComponent('-c default_tablespace=small')}`;
  return {
    server,
    address: freshAddress('postgres', folder, url),
    fill: async () => fillUp(folder),
    free: async () => rmSync(join(folder, 'filler')),
    async close() {
      await server.stop();
      unmount(folder);
    },
  };
}

/** A Redis that may use no more memory than it does, and throws nothing away. */
export async function limitedMemory(): Promise<Disk> {
  const server = await startServerOf('bullmq');
  if (server === null) throw new Error('needs a server');
  const redis = new Redis(server.url);
  return {
    server,
    fill: async () => void (await redis.config('SET', 'maxmemory', '1')),
    free: async () => void (await redis.config('SET', 'maxmemory', '0')),
    async close() {
      redis.disconnect();
      await server.stop();
    },
  };
}

function mount(): string {
  const folder = mkdtempSync(join(tmpdir(), 'townkrier-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128m', 'tmpfs', folder]);
  return folder;
}

function unmount(folder: string): void {
  execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
}

/** Writes until there is no room: others write meanwhile, so that what was free a moment ago says nothing. */
function fillUp(folder: string): void {
  const filler = openSync(join(folder, 'filler'), 'w');
  try {
    for (;;) writeSync(filler, Buffer.alloc(4_096));
  } catch (error) {
    if (Reflect.get(Object(error), 'code') !== 'ENOSPC') throw error;
  } finally {
    closeSync(filler);
  }
}
