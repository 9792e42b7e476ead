import type { JobRecord } from './job-record.ts';

/** What a step of priority weighs without ageing, in milliseconds: more than a job ever waits. */
const STRICT_STEP = 1e12;

/**
 * Whether a due job runs before another: the one due first, where a step of priority counts as so many milliseconds; of two that are even the one
 * created first.
 */
export function runsBefore(a: JobRecord, b: JobRecord): boolean {
  const difference = rankOf(a) - rankOf(b);
  return difference < 0 || (difference === 0 && a.sequence < b.sequence);
}

function rankOf({ priority, dueAt, terms }: JobRecord): number {
  if (terms === null) return dueAt - priority * STRICT_STEP;
  return terms.turn - priority * (terms.agingMs ?? STRICT_STEP);
}
