import { parseOptions } from '@townkrier/core';
import { z } from 'zod';
import type { QueueJob } from '../job.ts';
import type { JobFilters } from '../queue-adapter.ts';
import { failurePatternOf } from './failure-pattern.ts';

/** Which dead letters. All given conditions must hold; none means all of them. */
export interface DeadLetterSelection {
  readonly queue?: string | undefined;
  readonly type?: string | undefined;
  readonly name?: string | undefined;
  readonly owner?: string | undefined;
  readonly tag?: string | undefined;
  /** Those that failed for one reason, as `DeadLetters.groups` names it. */
  readonly group?: string | undefined;
  /** Only those that may be started again; or, with `false`, only those that may not. */
  readonly isReplayable?: boolean | undefined;
}

/** What the adapter finds jobs by, and what is left to look for in each. */
export interface ResolvedSelection {
  readonly filters: JobFilters;
  /** `null`: the filters say it all. */
  readonly matches: ((job: QueueJob) => boolean) | null;
}

const text = z.string().min(1).optional();

/** The keys of a {@link DeadLetterSelection}. */
export const selectionShape = {
  queue: text,
  type: text,
  name: text,
  owner: text,
  tag: text,
  group: text,
  isReplayable: z.boolean().optional(),
};
const schema = z.strictObject(selectionShape);

/**
 * Checks a selection. An unknown key is refused, as everything would be selected without it.
 * @throws {TownKrierError} `CONFIG_INVALID`.
 */
export function resolveSelection(
  selection: DeadLetterSelection,
  maxReplays: number,
  what: string,
): ResolvedSelection {
  const { group, isReplayable, ...rest } = parseOptions(schema, selection, what);
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const filters: JobFilters = { ...given, status: 'failed' };
  if (group === undefined && isReplayable === undefined) return { filters, matches: null };
  return {
    filters,
    matches: (job) =>
      (group === undefined || failurePatternOf(job).group === group) &&
      (isReplayable === undefined || job.replays < maxReplays === isReplayable),
  };
}
