import { writeFileSync } from 'node:fs';
import { StorageManager } from '@townkrier/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteStorageAdapter, type SqliteStorageAdapterOptions } from '../src/storage/index.ts';
import { temporaryFile } from './temporary-file.ts';

let place: ReturnType<typeof temporaryFile>;
beforeEach(() => {
  place = temporaryFile();
});
afterEach(() => place.remove());

describe('the level of the adapter', () => {
  it.each([
    [{}, 'masked'],
    [{ contentPrivacyLevel: 'private' }, 'private'],
    [{ maskSensitiveContent: false }, 'public'],
  ] as const)('with %j is %s', async (options, level) => {
    const adapter = new SqliteStorageAdapter({ file: place.file, ...options });
    expect(adapter.contentPrivacyLevel).toBe(level);
    await adapter.close();
  });
});

describe('rows outlive the process, whether or not a commit outlives a power cut', () => {
  it.each(['full', 'normal'] as const)('with durability %s', async (durability) => {
    const adapter = new SqliteStorageAdapter({ file: place.file, durability });
    expect(adapter.durability).toBe('machine');
    expect(() => new StorageManager(adapter)).toThrow(/hashKey is missing/);
    await adapter.close();
  });
});

describe('options', () => {
  it.each([
    { durability: 'machine' },
    { durability: 'process' },
    { file: ':memory:' },
    { contentPrivacyLevel: 'public' },
    { retentionDays: 0 },
    { cleanupInterval: 0 },
    { autoCleanup: 'yes' },
    { busyTimeout: -1 },
    { clock: 5 },
    { maxLogs: 5 },
  ])('refuse %o', (options: object) => {
    expect(() => new SqliteStorageAdapter({ file: place.file, ...options })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('refuse no file', () => {
    const options: object = {};
    expect(() => new SqliteStorageAdapter(options as SqliteStorageAdapterOptions)).toThrow(/file/);
  });
});

describe('a file that is no database of ours', () => {
  it('is refused', () => {
    writeFileSync(place.file, 'certainly not a database, and long enough to be looked at'.repeat(100));
    expect(() => new SqliteStorageAdapter({ file: place.file })).toThrow(
      expect.objectContaining({ code: 'SQLITE_CORRUPT' }),
    );
  });

  it('is refused in a folder that does not exist', () => {
    expect(() => new SqliteStorageAdapter({ file: `${place.file}/no/such` })).toThrow(
      expect.objectContaining({ code: 'SQLITE_CANNOT_OPEN' }),
    );
  });
});
