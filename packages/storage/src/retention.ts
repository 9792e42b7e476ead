import type { Clock, Timer } from '@townkrier/core';
import type { StorageAdapter } from './storage-adapter.ts';

/** The most rows one step of a cleanup deletes: a step must not hold up other work for long. */
const CLEANUP_BATCH = 1000;

export const MS_PER_DAY = 86_400_000;

/** Deletes all rows created before a moment, a batch at a time. @returns how many. */
export async function deleteInBatches(
  adapter: Pick<StorageAdapter, 'deleteOlderThan'>,
  olderThan: Date,
): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await adapter.deleteOlderThan(olderThan, CLEANUP_BATCH);
    total += deleted;
    if (deleted < CLEANUP_BATCH) return total;
    await yieldToOtherWork();
  }
}

/** Resolving at once would let an in-memory adapter delete a million rows without a pause. */
function yieldToOtherWork(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What {@link startRetention} runs by. */
export interface RetentionOptions {
  readonly clock: Clock;
  /** Days a row is kept after its creation. */
  readonly retentionDays: number;
  /** Milliseconds from the end of one cleanup to the next. */
  readonly interval: number;
  /** Told when a cleanup failed; the next one is tried all the same. @default a warning of the process */
  readonly onError?: (error: unknown) => void;
}

/**
 * Deletes rows older than the retention again and again, for adapters with an `autoCleanup` option. The first cleanup comes after one interval, and two
 * never overlap. Returns its stop.
 */
export function startRetention(
  adapter: Pick<StorageAdapter, 'deleteOlderThan'>,
  options: RetentionOptions,
): () => void {
  const { clock, retentionDays, interval, onError = warnOfCleanup } = options;
  let isStopped = false;
  let timer: Timer;
  const cleanUp = async (): Promise<void> => {
    await deleteInBatches(adapter, new Date(clock.now() - retentionDays * MS_PER_DAY)).catch(onError);
    if (!isStopped) plan();
  };
  const plan = (): void => {
    timer = clock.schedule(() => void cleanUp(), interval);
  };
  plan();
  return () => {
    isStopped = true;
    timer.cancel();
  };
}

function warnOfCleanup(error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning('The automatic cleanup of the delivery log failed.', {
    type: 'TownKrierWarning',
    detail,
  });
}
