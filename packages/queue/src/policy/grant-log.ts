import { z } from 'zod';
import type { RateLimit } from './rate-limit.ts';

/** Steps of time that a span is divided into: so many entries a log has at most, and by so little a grant counts longer than it must. */
const STEPS = 128;
/** Grants that count until a moment of the store's clock: `[until, how many]`, the first to end first. */
export type GrantLog = readonly (readonly [until: number, count: number])[];

/** What is kept of a log. */
export const grantLogSchema = z.array(z.tuple([z.number(), z.int().min(1)]).readonly()).readonly();

/**
 * Without those that count no more. What counts for longer than any grant can was given before the store's clock was set back, or under a limit of a longer
 * span: it does not count.
 */
export function stillCounting(log: GrantLog, { per }: RateLimit, now: number): GrantLog {
  const latest = now + 3 * per;
  return log.filter(([until]) => until > now && until <= latest);
}

export function countOf(log: GrantLog): number {
  return log.reduce((sum, [, count]) => sum + count, 0);
}

/**
 * Until when a grant counts that may be used until a moment: one span after that, at the end of its step. In every span of `per` the starts are then no more than
 * the grants that count at its end.
 */
export function countsUntil({ per }: RateLimit, usableUntil: number): number {
  const step = Math.max(1, Math.floor(per / STEPS));
  // One millisecond more, as clocks show whole ones.
  return Math.ceil((usableUntil + per + 1) / step) * step;
}

export function withGrants(log: GrantLog, until: number, count: number): GrantLog {
  if (count === 0) return log;
  const others = log.filter(([other]) => other !== until);
  const same = log.find(([other]) => other === until)?.[1] ?? 0;
  return [...others, [until, same + count] as const].sort(([one], [other]) => one - other);
}

/** Takes grants out again that were not used. What is gone already is none of it. */
export function withoutGrants(log: GrantLog, until: number, count: number): GrantLog {
  return log.flatMap(([other, kept]): GrantLog => {
    if (other !== until) return [[other, kept]];
    return kept > count ? [[other, kept - count]] : [];
  });
}
