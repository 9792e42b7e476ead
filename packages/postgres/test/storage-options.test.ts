import { StorageManager } from '@townkrier/storage';
import { describe, expect, it } from 'vitest';
import { PostgresStorageAdapter, type PostgresStorageAdapterOptions } from '../src/storage/index.ts';

const CONNECTION = 'postgres://nobody@127.0.0.1:1/nothing';

it.each([
  [{}, 'masked'],
  [{ contentPrivacyLevel: 'private' }, 'private'],
  [{ maskSensitiveContent: false }, 'public'],
] as const)('the level of the adapter with %j is %s', (options, level) => {
  expect(new PostgresStorageAdapter({ connection: CONNECTION, ...options }).contentPrivacyLevel).toBe(level);
});

it('rows outlive the process, so a manager wants a key', () => {
  expect(() => new StorageManager(new PostgresStorageAdapter({ connection: CONNECTION }))).toThrow(
    /hashKey is missing/,
  );
});

describe('options', () => {
  it.each([
    { contentPrivacyLevel: 'public' },
    { retentionDays: 0 },
    { cleanupInterval: 0 },
    { autoCleanup: 'yes' },
    { queryTimeout: 0 },
    { schema: '' },
    { clock: 5 },
    { maxLogs: 5 },
    { durability: 'full' },
  ])('refuse %o', (options: object) => {
    expect(() => new PostgresStorageAdapter({ connection: CONNECTION, ...options })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('refuse no connection, and do not show one that is wrong', () => {
    const options: object = { connection: { password: 'a secret' } };
    expect(() => new PostgresStorageAdapter({} as PostgresStorageAdapterOptions)).toThrow(/connection/);
    expect(() => new PostgresStorageAdapter(options as PostgresStorageAdapterOptions)).not.toThrow(
      /a secret/,
    );
  });
});
