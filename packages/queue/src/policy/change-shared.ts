import type { JsonValue } from '@townkrier/core';
import { QueueError, QueueErrorCode } from '../errors.ts';
import type { SharedState } from '../job-store.ts';

/** Beyond what any number of processes needs: a store that refuses so often is broken. */
const MOST_TRIES = 1_000;

/** What becomes of a shared value, and what its change came to. */
export interface SharedOutcome<Result> {
  /** `null` removes it; `undefined` leaves it as it is. */
  readonly value: JsonValue | undefined;
  readonly result: Result;
}

/**
 * Changes a value that processes share, against what it is at that moment: whoever comes second decides anew.
 *
 * @param change - Called again when somebody wrote meanwhile; `null`: there is none.
 * @throws {QueueError} `QUEUE_UNAVAILABLE` when the store never takes it; what the store throws, and then whether it was written is not known.
 */
export async function changeShared<Result>(
  shared: SharedState,
  key: string,
  change: (value: JsonValue) => SharedOutcome<Result>,
): Promise<Result> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const entry = await shared.read(key);
    const { value, result } = change(entry?.value ?? null);
    if (value === undefined) return result;
    const version = await shared.write({ key, value, version: entry?.version ?? null });
    if (version !== null) return result;
  }
  throw new QueueError(
    QueueErrorCode.QUEUE_UNAVAILABLE,
    `The shared value ${JSON.stringify(key)} was changed by others ${MOST_TRIES} times while it was to be written.`,
  );
}
