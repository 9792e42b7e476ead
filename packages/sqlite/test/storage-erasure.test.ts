import { existsSync, readFileSync } from 'node:fs';
import { VirtualClock } from '@townkrier/core/testing';
import { StorageManager } from '@townkrier/storage';
import { afterEach, describe, expect, it } from 'vitest';
import { createStorageHarness } from './storage-harness.ts';
import { logOf, minute } from './storage-sample.ts';

const MS_PER_DAY = 86_400_000;
let harness: Awaited<ReturnType<typeof createStorageHarness>>;
afterEach(() => harness.close());

/** Whether a text is anywhere in the files. */
function isOnDisk(text: string): boolean {
  return ['', '-wal', '-shm']
    .map((suffix) => harness.file + suffix)
    .some((path) => existsSync(path) && readFileSync(path).includes(text));
}

/** Rows of one recipient among those of others. */
async function fill(): Promise<void> {
  const { adapter } = harness;
  for (let index = 0; index < 60; index += 1) {
    const isErased = index % 6 === 0;
    const content = `${isErased ? 'canary' : 'other'} content `.repeat(index * 10);
    await adapter.save([
      logOf({
        id: `row-${index}`,
        subject: isErased ? 'canary subject' : 'other',
        content,
        recipientHash: isErased ? 'r1:canary' : 'r1:other',
        createdAt: minute(index),
      }),
    ]);
    await adapter.update(`row-${index}`, {
      status: 'sent',
      metadata: { name: isErased ? 'canary name' : 'other' },
    });
  }
}

describe('an erased recipient', () => {
  it('is gone from the file and from the log of changes beside it', async () => {
    harness = await createStorageHarness();
    await fill();
    expect(isOnDisk('canary')).toBe(true);
    expect(await harness.adapter.deleteByRecipient('r1:canary')).toBe(10);
    expect(isOnDisk('canary')).toBe(false);
    expect(await harness.countRows()).toBe(50);
  });

  it('is gone from the log of changes as soon as nobody reads what was there before', async () => {
    const clock = new VirtualClock();
    harness = await createStorageHarness({ clock });
    await fill();
    harness.raw.exec('BEGIN');
    harness.raw.prepare('SELECT count(*) FROM townkrier_logs').get();
    await harness.adapter.deleteByRecipient('r1:canary');
    expect(isOnDisk('canary')).toBe(true);
    harness.raw.exec('COMMIT');
    await clock.advance(1000);
    expect(isOnDisk('canary')).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not waited for by an adapter that closes', async () => {
    const clock = new VirtualClock();
    harness = await createStorageHarness({ clock });
    await fill();
    harness.raw.exec('BEGIN');
    harness.raw.prepare('SELECT count(*) FROM townkrier_logs').get();
    await harness.adapter.deleteByRecipient('r1:canary');
    await harness.adapter.close?.();
    expect(clock.pendingTimers).toBe(0);
    harness.raw.exec('COMMIT');
  });
});

it('rows that were cleaned up are gone from the files, and so is the content of a row made private', async () => {
  harness = await createStorageHarness();
  await fill();
  const manager = new StorageManager(harness.adapter, { hashKey: 'a key of sixteen or more' });
  await manager.cleanup(minute(31));
  const { logs } = await manager.queryLogs({ limit: 100 });
  for (const { id, subject } of logs) {
    if (subject?.startsWith('canary')) await manager.updateLog(id, { contentPrivacy: 'private' });
  }
  expect(await harness.countRows()).toBe(29);
  for (const text of ['canary subject', 'canary content', 'canary name']) expect(isOnDisk(text)).toBe(false);
});

describe('automatic cleanup', () => {
  it('deletes what is older than retentionDays, in steps, again and again, until the adapter is closed', async () => {
    const clock = new VirtualClock();
    harness = await createStorageHarness({
      clock,
      autoCleanup: true,
      retentionDays: 2,
      cleanupInterval: MS_PER_DAY,
    });
    const { adapter } = harness;
    await adapter.save(
      Array.from({ length: 1200 }, (_, index) => logOf({ id: `row-${index}`, createdAt: clock.date })),
    );
    await clock.advance(2 * MS_PER_DAY);
    expect(await harness.countRows()).toBe(1200);
    await adapter.save([logOf({ id: 'young', createdAt: clock.date })]);
    await clock.advance(MS_PER_DAY);
    // Its steps give way to other work; what is asked for behind them comes after them.
    while ((await harness.countRows()) > 1) await adapter.deleteByRecipient('nobody');
    expect(await adapter.get('young')).not.toBeNull();
    await clock.settle();
    await clock.advance(3 * MS_PER_DAY);
    while ((await harness.countRows()) > 0) await adapter.deleteByRecipient('nobody');
    await adapter.close?.();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is off unless asked for', async () => {
    const clock = new VirtualClock();
    harness = await createStorageHarness({ clock, retentionDays: 1 });
    expect(clock.pendingTimers).toBe(0);
  });
});
