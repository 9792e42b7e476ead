import { CoreErrorCode, TownKrierError } from '@townkrier/core';
import { z } from 'zod';
import { MAX_RETENTION_MS } from '../new-job.ts';

/**
 * Adds of one key and queue that are one job. Needs an adapter whose processes share values.
 *
 * With a `window`, an add within so many milliseconds of the first gives back that one's job, also when it has ended; the one after it begins the next window, though the old
 * job is kept. With a `debounce`, each add puts the job off, to so many milliseconds from now, and what it carries takes the place of what the last one carried, until the job
 * is due; with `maxWait`, it is due so many milliseconds after the first add at the latest.
 */
export type Dedupe = DedupeWindow | DedupeDebounce;

/** See {@link Dedupe}. */
export interface DedupeWindow {
  readonly key: string;
  /** Milliseconds. */
  readonly window: number;
}

/** See {@link Dedupe}. */
export interface DedupeDebounce {
  readonly key: string;
  /** Milliseconds. */
  readonly debounce: number;
  /** Milliseconds. @default for as long as there are adds */
  readonly maxWait?: number | undefined;
}

/** How an add is told from those before it. */
export interface DedupeOption {
  /** Cannot be joined with `id`, `idempotencyKey` or `transaction`; a `debounce` also not with `scheduledFor`. @default each add is a job of its own */
  readonly dedupe?: Dedupe | undefined;
}

const key = z.string().min(1).max(512);
const milliseconds = z.int().min(1).max(MAX_RETENTION_MS);

export const dedupeSchema = z.union(
  [
    z.strictObject({ key, window: milliseconds }),
    z.strictObject({ key, debounce: milliseconds, maxWait: milliseconds.optional() }),
  ],
  { error: 'expected { key, window } or { key, debounce, maxWait? }, in whole milliseconds of 1 or more' },
);

/**
 * Refuses options that say something else than `dedupe` about which job an add is.
 * @throws {TownKrierError} `CONFIG_INVALID`, naming the option.
 */
export function checkAlone(dedupe: Dedupe, others: Readonly<Record<string, unknown>>): void {
  const names = ['id', 'idempotencyKey', 'transaction', ...('debounce' in dedupe ? ['scheduledFor'] : [])];
  const given = names.find((name) => others[name] !== undefined);
  if (given === undefined) return;
  throw new TownKrierError(`dedupe cannot be joined with ${given}. Leave out one of them.`, {
    code: CoreErrorCode.CONFIG_INVALID,
  });
}
