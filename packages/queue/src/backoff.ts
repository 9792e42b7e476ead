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
