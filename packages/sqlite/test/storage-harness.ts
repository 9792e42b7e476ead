import { DatabaseSync } from 'node:sqlite';
import type { NotificationLogStatus } from '@townkrier/storage';
import type { RawLog, StorageAdapterHarness } from '@townkrier/storage/testing';
import { SqliteStorageAdapter, type SqliteStorageAdapterOptions } from '../src/storage/index.ts';
import { temporaryFile } from './temporary-file.ts';

/** Opens the file behind the adapter's back. */
export function openRaw(file: string): DatabaseSync {
  const raw = new DatabaseSync(file);
  raw.exec('PRAGMA busy_timeout = 5000');
  return raw;
}

/** An adapter on a file of its own, and a second connection as the way behind its back. */
export async function createStorageHarness(
  options: Partial<SqliteStorageAdapterOptions> = {},
): Promise<StorageAdapterHarness & { readonly file: string; readonly raw: DatabaseSync }> {
  const { file, remove } = temporaryFile();
  const adapters: SqliteStorageAdapter[] = [];
  const open = (): SqliteStorageAdapter => {
    const adapter = new SqliteStorageAdapter({ file, durability: 'normal', ...options });
    adapters.push(adapter);
    return adapter;
  };
  const adapter = open();
  const raw = openRaw(file);
  return {
    adapter,
    file,
    raw,
    inspect: async (id) => readRaw(raw, id),
    countRows: async () => Number(raw.prepare('SELECT count(*) AS n FROM townkrier_logs').get()?.['n']),
    // The old connection stays open and is never told: what it has not committed is lost.
    restart: async () => open(),
    async close() {
      await Promise.all(adapters.map((each) => each.close()));
      raw.close();
      remove();
    },
  };
}

function readRaw(raw: DatabaseSync, id: string): RawLog | null {
  const row = raw.prepare('SELECT * FROM townkrier_logs WHERE id = ?').get(id);
  if (row === undefined) return null;
  const { subject, error } = row;
  return {
    id: String(row['id']),
    status: String(row['status']) as NotificationLogStatus,
    channel: String(row['channel']),
    recipient: String(row['recipient']),
    attempts: Number(row['attempts']),
    ...(typeof subject === 'string' && { subject }),
    ...(typeof error === 'string' && { error }),
  };
}
