import type { JsonValue } from '@townkrier/core';
import { z } from 'zod';

/** What the keys of pauses begin with. */
export const PAUSE_PREFIX = 'pause:';

const pauseSchema = z.object({
  /** Milliseconds since the epoch. */
  at: z.number(),
  until: z.number().nullable(),
  reason: z.string().nullable(),
});

/** A pause as processes share it. */
export type StoredPause = z.output<typeof pauseSchema>;

export function pauseKey(queue: string): string {
  return PAUSE_PREFIX + queue;
}

/** Which queue an entry is about. */
export function pausedQueueOf(key: string): string {
  return key.slice(PAUSE_PREFIX.length);
}

/** @throws when something else was written there. */
export function pauseOf(value: JsonValue): StoredPause {
  return pauseSchema.parse(value);
}
