import { CoreErrorCode, parseOptions, TownKrierError } from '@townkrier/core';
import { z } from 'zod';
import { floorTo, type Grain, HOUR, MINUTE } from './grain.ts';

/** What of the history is wanted. */
export interface StatisticsOptions {
  /** @default an hour before `to` */
  readonly from?: Date | undefined;
  /** @default now */
  readonly to?: Date | undefined;
  /** Milliseconds: whole minutes within the last day, whole hours if it begins before. Steps begin at multiples of it since the epoch (UTC). @default a minute, or an hour */
  readonly step?: number | undefined;
}

/** A range that can be read; moments in milliseconds since the epoch. */
export interface StatisticsRange {
  readonly grain: Grain;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const schema = z.strictObject({
  from: z.date().optional(),
  to: z.date().optional(),
  step: z.int().min(1).optional(),
});

/** @throws {TownKrierError} `CONFIG_INVALID`. */
export function resolveRange(options: StatisticsOptions, now: number): StatisticsRange {
  const { from, to, step } = parseOptions(schema, options, 'getQueueStats');
  // What happens at this moment belongs to it.
  const end = Math.min(to?.getTime() ?? Number.POSITIVE_INFINITY, now + 1);
  const begin = from?.getTime() ?? end - HOUR.ms;
  if (begin > end) throw invalidRange(`from must lie before to and before now, got ${toText(begin)}`);
  const minutes = alignTo(MINUTE, { begin, end, step });
  if (minutes.from >= now - MINUTE.keepMs) return checkStep(minutes);
  return checkStep(alignTo(HOUR, { begin: Math.max(begin, now - HOUR.keepMs), end, step }));
}

interface Span {
  readonly begin: number;
  readonly end: number;
  readonly step: number | undefined;
}

function alignTo(grain: Grain, { begin, end, step = grain.ms }: Span): StatisticsRange {
  return { grain, from: floorTo(begin, step), to: Math.ceil(end / grain.ms) * grain.ms, step };
}

function checkStep(range: StatisticsRange): StatisticsRange {
  const { grain, step } = range;
  if (step % grain.ms === 0) return range;
  throw invalidRange(
    `step must be whole ${grain.name}s in a range that begins at ${toText(range.from)}, got ${step} ms`,
  );
}

function toText(moment: number): string {
  return new Date(moment).toISOString();
}

function invalidRange(problem: string): TownKrierError {
  return new TownKrierError(`Options of getQueueStats are invalid: ${problem}.`, {
    code: CoreErrorCode.CONFIG_INVALID,
  });
}
