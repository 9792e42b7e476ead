import { VirtualClock } from '@townkrier/core/testing';
import { describe, expect, it } from 'vitest';
import { MS_PER_DAY } from '../retention.ts';
import { minute, plainLog } from '../testing/sample-log.ts';
import { InMemoryStorageAdapter } from './in-memory-storage-adapter.ts';
import type { InMemoryStorageAdapterOptions } from './in-memory-storage-options.ts';

async function idsOf(adapter: InMemoryStorageAdapter): Promise<string[]> {
  const { logs } = await adapter.query({ limit: 1000, offset: 0, sortBy: 'createdAt', sortOrder: 'asc' });
  return logs.map(({ id }) => id);
}

describe('the level of the adapter', () => {
  it.each([
    [{}, 'masked'],
    [{ maskSensitiveContent: true }, 'masked'],
    [{ maskSensitiveContent: false }, 'public'],
    [{ contentPrivacyLevel: 'private' }, 'private'],
    [{ maskSensitiveContent: false, contentPrivacyLevel: 'public' }, 'public'],
    [{ maskSensitiveContent: false, contentPrivacyLevel: 'private' }, 'private'],
  ] as const)('with %j is %s', (options, level) => {
    expect(new InMemoryStorageAdapter(options).contentPrivacyLevel).toBe(level);
  });

  it('is public only when that is said twice', () => {
    expect(() => new InMemoryStorageAdapter({ contentPrivacyLevel: 'public' })).toThrow(
      /maskSensitiveContent: false/,
    );
  });
});

describe('options', () => {
  it.each([
    { retentionDays: 0 },
    { retentionDays: -1 },
    { retentionDays: Number.NaN },
    { maxLogs: 0 },
    { maxLogs: 1.5 },
    { cleanupInterval: 0 },
    { autoCleanup: 'yes' },
    { contentPrivacyLevel: 'secret' },
    { clock: 5 },
    { retention: 30 },
  ])('refuse %o', (options) => {
    expect(() => new InMemoryStorageAdapter(options as object)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});

describe('automatic cleanup', () => {
  async function fill(options: InMemoryStorageAdapterOptions, rows: number) {
    const clock = new VirtualClock();
    const adapter = new InMemoryStorageAdapter({ clock, ...options });
    await adapter.save(
      Array.from({ length: rows }, (_, index) => plainLog({ id: `row-${index}`, createdAt: clock.date })),
    );
    return { clock, adapter };
  }

  it('deletes rows older than retentionDays, all batches of them', async () => {
    const { clock, adapter } = await fill(
      { autoCleanup: true, retentionDays: 2, cleanupInterval: MS_PER_DAY },
      2500,
    );
    await clock.advance(2 * MS_PER_DAY);
    expect((await adapter.stats({})).total).toBe(2500);
    await clock.advance(MS_PER_DAY);
    // Batches give way to other work in between.
    for (let turn = 0; turn < 5; turn += 1) await clock.settle();
    expect((await adapter.stats({})).total).toBe(0);
  });

  it('goes on after its first round', async () => {
    const { clock, adapter } = await fill(
      { autoCleanup: true, retentionDays: 1, cleanupInterval: MS_PER_DAY },
      1,
    );
    await clock.advance(2 * MS_PER_DAY);
    expect(await idsOf(adapter)).toEqual([]);
    await adapter.save([plainLog({ id: 'later', createdAt: clock.date })]);
    await clock.advance(2 * MS_PER_DAY);
    expect(await idsOf(adapter)).toEqual([]);
  });

  it('is off unless asked for', async () => {
    const { clock, adapter } = await fill({ retentionDays: 1 }, 3);
    await clock.advance(10 * MS_PER_DAY);
    expect(await idsOf(adapter)).toHaveLength(3);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends when the adapter is closed', async () => {
    const { clock, adapter } = await fill({ autoCleanup: true }, 1);
    await adapter.close();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a full adapter', () => {
  it('drops its oldest finished rows for new ones, and keeps those still under way', async () => {
    const adapter = new InMemoryStorageAdapter({ maxLogs: 4 });
    await adapter.save([
      plainLog({ id: 'old-pending', status: 'pending', createdAt: minute(0) }),
      plainLog({ id: 'old-sent', status: 'sent', createdAt: minute(1) }),
      plainLog({ id: 'old-failed', status: 'failed', createdAt: minute(2) }),
      plainLog({ id: 'sent', status: 'sent', createdAt: minute(3) }),
    ]);
    await adapter.save([
      plainLog({ id: 'new-1', createdAt: minute(4) }),
      plainLog({ id: 'new-2', createdAt: minute(5) }),
    ]);
    expect(await idsOf(adapter)).toEqual(['old-pending', 'sent', 'new-1', 'new-2']);
  });

  it('refuses rows when none is finished, and stores none of them', async () => {
    const adapter = new InMemoryStorageAdapter({ maxLogs: 2 });
    await adapter.save([plainLog({ id: 'a', status: 'sending' }), plainLog({ id: 'b', status: 'sent' })]);
    const two = [plainLog({ id: 'c' }), plainLog({ id: 'd' })];
    await expect(adapter.save(two)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(await idsOf(adapter)).toEqual(['a', 'b']);
    await adapter.save(two.slice(0, 1));
    expect(await idsOf(adapter)).toEqual(['a', 'c']);
  });
});
