import { z } from 'zod';

/** The longest wait between two tries, in milliseconds, whatever the policy says: one day. */
export const MAX_RETRY_DELAY = 86_400_000;

/** A wait that a function decides. It lives in the worker's process, so the job stores its name only. */
export type BackoffFunction = (retry: { readonly retry: number; readonly error: Error }) => number;

/**
 * How long to wait before retry k (1, 2, …):
 * `fixed`: always `delay`; `exponential`: `delay × factor^(k−1)`, factor 2 unless given, so that 30 s with factor 3 gives 30, 90, 270, 810 s.
 * Never longer than `maxDelay`. With `jitter: 'full'` a random wait between 0 and that (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export interface BackoffPolicy {
  readonly type: 'fixed' | 'exponential';
  /** Milliseconds. */
  readonly delay: number;
  /** @default 2 */
  readonly factor?: number;
  /** Milliseconds. @default {@link MAX_RETRY_DELAY} */
  readonly maxDelay?: number;
  /** @default 'none' */
  readonly jitter?: 'none' | 'full';
}

/** What is kept with the job: a policy, or the name of a function the adapter was given in `backoffs`. */
export type StoredBackoff = Required<BackoffPolicy> | { readonly type: 'custom'; readonly name: string };

/** A wait as callers may give it: a policy, the name of one of the adapter's `backoffs`, or nothing but a fixed number of milliseconds. */
export type BackoffOption = BackoffPolicy | number | { readonly type: 'custom'; readonly name: string };

const delaySchema = z.number().min(0);
const policySchema = z.strictObject({
  type: z.enum(['fixed', 'exponential']),
  delay: delaySchema,
  factor: z.number().min(1).default(2),
  maxDelay: delaySchema.default(MAX_RETRY_DELAY),
  jitter: z.enum(['none', 'full']).default('none'),
});
const customSchema = z.strictObject({ type: z.literal('custom'), name: z.string().min(1) });

/** Checks a {@link BackoffOption} and turns it into what is stored. */
export const backoffSchema: z.ZodType<StoredBackoff> = z.union(
  [
    delaySchema.transform((delay) => policySchema.parse({ type: 'fixed', delay })),
    policySchema,
    customSchema,
  ],
  {
    error:
      "expected milliseconds, { type: 'fixed' | 'exponential', delay, factor?, maxDelay?, jitter? } or { type: 'custom', name }",
  },
);

/** The default wait: `retryDelay`, doubling with each retry. */
export function exponentialBackoff(retryDelay: number): Required<BackoffPolicy> {
  return { type: 'exponential', delay: retryDelay, factor: 2, maxDelay: MAX_RETRY_DELAY, jitter: 'none' };
}

/**
 * Milliseconds to wait before retry k (1, 2, …) by a policy: never negative, never longer than `maxDelay`.
 *
 * @param random - A number from 0 to 1, as `Math.random` gives; asked only for jitter.
 */
export function backoffDelay(policy: Required<BackoffPolicy>, retry: number, random: () => number): number {
  const growth = policy.type === 'fixed' ? 1 : policy.factor ** (retry - 1);
  // A delay of 0 stays 0, also when the growth overflows to infinity.
  const wait = policy.delay === 0 ? 0 : Math.min(policy.delay * growth, policy.maxDelay);
  return policy.jitter === 'full' ? Math.floor(random() * wait) : wait;
}
