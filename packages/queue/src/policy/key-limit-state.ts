import { z } from 'zod';
import {
  countOf,
  countsUntil,
  type GrantLog,
  grantLogSchema,
  stillCounting,
  withGrants,
} from './grant-log.ts';
import type { RateLimit } from './rate-limit.ts';

/** By how much further apart reserved starts are than the limit asks for, so that one that comes a little late does not hold up the next. */
const SLACK = 1.04;

/** What the processes share about one key of a queue. Moments are those of the store's clock, in milliseconds. */
const stateSchema = z.object({
  log: grantLogSchema,
  /** The last start that was reserved for a job that came for the first time. */
  reserved: z.number(),
  /** The last that was reserved for one that came back and had to go again. */
  again: z.number(),
  /** No starts before: a provider asked for a rest. */
  restsUntil: z.number(),
});
export type KeyLimitState = z.output<typeof stateSchema>;

const NEW: KeyLimitState = { log: [], reserved: 0, again: 0, restsUntil: 0 };

/** What is shared about a key, without what is over. */
export function keyStateOf(value: unknown, limit: RateLimit, now: number): KeyLimitState {
  const state = value === null ? NEW : stateSchema.parse(value);
  return { ...state, log: stillCounting(state.log, limit, now) };
}

/** From when on nothing that is shared about a key matters any more. */
export function keyStateEndsAt({ log, reserved, again, restsUntil }: KeyLimitState): number {
  return Math.max(log.at(-1)?.[0] ?? 0, reserved, again, restsUntil);
}

/** What is asked for the jobs of a key that were claimed together. */
export interface KeyRequest {
  /** Jobs that came for the first time. */
  readonly fresh: number;
  /** Jobs that had a try or a reservation before. */
  readonly back: number;
  readonly now: number;
  readonly usableUntil: number;
}

/** What was decided: so many of each may start now, the others at these moments. */
export interface KeyDecision {
  readonly state: KeyLimitState;
  readonly freshNow: number;
  readonly backNow: number;
  readonly freshLater: readonly number[];
  readonly backLater: readonly number[];
}

/**
 * Decides for jobs of one key. What is free goes to those that come back first; a job that comes for the first time goes to the end of the line while one is
 * reserved, so that a backlog is touched once to be put in line and once to be run.
 */
export function decideForKey(state: KeyLimitState, limit: RateLimit, request: KeyRequest): KeyDecision {
  const { now, usableUntil } = request;
  const free = state.restsUntil > now ? 0 : limit.max - countOf(state.log);
  const backNow = Math.max(0, Math.min(request.back, free));
  const isLine = state.reserved > now;
  const freshNow = isLine ? 0 : Math.max(0, Math.min(request.fresh, free - backNow));
  const taken = backNow + freshNow;
  const log = withGrants(state.log, countsUntil(limit, usableUntil), taken);
  const freeAt = Math.max(state.restsUntil, nextFreeAt(log, limit, now));
  const freshLater = reserve(state.reserved, { limit, freeAt, count: request.fresh - freshNow });
  const backLater = reserve(state.again, { limit, freeAt, count: request.back - backNow });
  const reserved = freshLater.at(-1) ?? state.reserved;
  const again = backLater.at(-1) ?? state.again;
  return { state: { ...state, log, reserved, again }, freshNow, backNow, freshLater, backLater };
}

/** With no starts until a moment; a longer rest stays. */
export function withRest(state: KeyLimitState, until: number): KeyLimitState {
  return { ...state, restsUntil: Math.max(state.restsUntil, until) };
}

function nextFreeAt(log: GrantLog, { max }: RateLimit, now: number): number {
  return countOf(log) < max ? now : (log[0]?.[0] ?? now);
}

/** Moments one behind the other, from the one after the last that was reserved on, and none before there is something to be had. */
function reserve(
  last: number,
  { limit, freeAt, count }: { readonly limit: RateLimit; readonly freeAt: number; readonly count: number },
): number[] {
  const gap = (limit.per * SLACK) / limit.max;
  const first = Math.max(last + gap, freeAt);
  return Array.from({ length: count }, (_, i) => Math.ceil(first + i * gap));
}
