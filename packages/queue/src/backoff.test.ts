import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BackoffPolicy, backoffDelay, backoffSchema, MAX_RETRY_DELAY } from './backoff.ts';

const policy = (over: Partial<Required<BackoffPolicy>>): Required<BackoffPolicy> => ({
  type: 'exponential',
  delay: 1_000,
  factor: 2,
  maxDelay: MAX_RETRY_DELAY,
  jitter: 'none',
  ...over,
});

const policies = fc.record({
  type: fc.constantFrom('fixed', 'exponential'),
  delay: fc.nat(10 * MAX_RETRY_DELAY),
  factor: fc.double({ min: 1, max: 1_000, noNaN: true }),
  maxDelay: fc.nat(2 * MAX_RETRY_DELAY),
  jitter: fc.constantFrom('none', 'full'),
}) satisfies fc.Arbitrary<Required<BackoffPolicy>>;

describe('backoffDelay', () => {
  it('doubles with each retry unless told otherwise', () => {
    const waits = [1, 2, 3, 4].map((retry) => backoffDelay(policy({}), retry, Math.random));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  it('gives 30, 90, 270, 810 seconds with factor 3', () => {
    const waits = [1, 2, 3, 4].map((retry) =>
      backoffDelay(policy({ delay: 30_000, factor: 3 }), retry, Math.random),
    );
    expect(waits).toEqual([30_000, 90_000, 270_000, 810_000]);
  });

  it('takes with full jitter that share of the wait which the random number says', () => {
    expect(backoffDelay(policy({ jitter: 'full' }), 3, () => 0.25)).toBe(1_000);
  });

  it('is never negative, never longer than maxDelay, and never NaN, however many retries there were', () => {
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (one, retry, random) => {
          const wait = backoffDelay(one, retry, () => random);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(one.maxDelay);
        },
      ),
    );
  });

  it('never waits less for a later retry, without jitter', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 1_000 }), (one, retry) => {
        const steady = { ...one, jitter: 'none' } as const;
        const [wait, next] = [retry, retry + 1].map((k) => backoffDelay(steady, k, Math.random));
        expect(next).toBeGreaterThanOrEqual(wait ?? Number.NaN);
      }),
    );
  });
});

describe('backoffSchema', () => {
  it('takes a bare number as a fixed wait', () => {
    expect(backoffSchema.parse(500)).toEqual(policy({ type: 'fixed', delay: 500 }));
  });

  it.each([[-1], [Number.NaN], [{ type: 'linear', delay: 1 }], [{ type: 'fixed', delay: 1, factr: 2 }]])(
    'refuses %j',
    (wrong) => {
      expect(backoffSchema.safeParse(wrong).success).toBe(false);
    },
  );
});
