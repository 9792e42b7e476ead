import { type Clock, parseOptions, systemClock } from '@townkrier/core';
import { z } from 'zod';
import type { AnyJobDefinition } from '../define-job.ts';
import { storeQueueAdapterShape } from '../store-queue-adapter-options.ts';

/** Times a dead letter may be started again, unless `maxReplays` says otherwise. */
export const DEFAULT_MAX_REPLAYS = 5;

/** Options of {@link DeadLetters}. */
export interface DeadLettersOptions {
  /** Times a job may be started again from here; `0` allows none. @default 5 */
  readonly maxReplays?: number | undefined;
  /** The kinds of jobs whose payload may be edited, by name. Looked into at each edit, so one may be added later. @default none */
  readonly jobs?: ReadonlyMap<string, AnyJobDefinition> | undefined;
  /** Where time comes from. @default the machine's clock */
  readonly clock?: Clock | undefined;
}

const NO_JOBS: ReadonlyMap<string, AnyJobDefinition> = new Map();
const schema = z.strictObject({
  maxReplays: z.int().min(0).default(DEFAULT_MAX_REPLAYS),
  jobs: z
    .custom<ReadonlyMap<string, AnyJobDefinition>>((value) => value instanceof Map, 'expected a Map by name')
    .default(NO_JOBS),
  clock: storeQueueAdapterShape.clock.default(systemClock),
});

/**
 * Checks options and applies the defaults.
 * @throws {TownKrierError} `CONFIG_INVALID`, naming key and value.
 */
export function resolveDeadLettersOptions(options: DeadLettersOptions) {
  return parseOptions(schema, options, 'DeadLetters');
}

/** Options with every default applied. */
export type ResolvedDeadLettersOptions = ReturnType<typeof resolveDeadLettersOptions>;
