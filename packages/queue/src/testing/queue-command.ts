import type * as FastCheck from 'fast-check';
import type { AdapterFeature } from './harness.ts';

/**
 * One operation on a queue, as plain data, so that a failing sequence can be read and played again. `pick` points at a job: that many
 * places along the list of those that come into question, round and round.
 */
export type QueueCommand =
  | {
      readonly do: 'add';
      readonly priority: number;
      /** Milliseconds from now; 0 for at once. */
      readonly delayMs: number;
      /** One of a few idempotency keys. */
      readonly key: number | null;
      readonly maxRetries: number;
    }
  /** A handler ends. */
  | {
      readonly do: 'end';
      readonly pick: number;
      readonly how: 'complete' | 'fail' | 'fail for good' | 'postpone';
    }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'cancel' | 'retry' | 'delete'; readonly pick: number }
  /** All workers stall, a new one starts, and the lease passes. Then the stalled ones may still report. */
  | { readonly do: 'crash'; readonly reportsLate: boolean }
  /** The worker stops, gives back what does not end in time, and a new one starts. */
  | { readonly do: 'restart' };

/** The functions of fast-check that the model needs; hand in your own copy: `import fc from 'fast-check'`. */
export type FastCheckModule = Pick<
  typeof FastCheck,
  | 'array'
  | 'assert'
  | 'asyncProperty'
  | 'boolean'
  | 'constant'
  | 'constantFrom'
  | 'nat'
  | 'oneof'
  | 'option'
  | 'record'
>;

/** Sequences of operations, for an adapter with these gaps. */
export function queueCommands(
  fc: FastCheckModule,
  lacks: readonly AdapterFeature[] = [],
): FastCheck.Arbitrary<QueueCommand[]> {
  const pick = fc.nat(20);
  const add = fc.record({
    do: fc.constant('add' as const),
    priority: lacks.includes('priorities') ? fc.constant(5) : fc.constantFrom(5, 1, 10, 20),
    delayMs: lacks.includes('scheduling') ? fc.constant(0) : fc.constantFrom(0, 0, 1, 1000, 2500, 90_000),
    key: fc.option(fc.nat(3), { freq: 3 }),
    maxRetries: fc.constantFrom(0, 1, 3),
  });
  const end = fc.record({
    do: fc.constant('end' as const),
    pick,
    how: fc.constantFrom('complete', 'fail', 'fail', 'fail for good', 'postpone'),
  });
  const advance = fc.record({
    do: fc.constant('advance' as const),
    ms: fc.constantFrom(0, 1, 999, 1000, 4000, 100_000),
  });
  const steer = fc.record({ do: fc.constantFrom('cancel', 'retry', 'delete'), pick });
  const crash = fc.record({ do: fc.constant('crash' as const), reportsLate: fc.boolean() });
  const restart = fc.record({ do: fc.constant('restart' as const) });
  const command = fc.oneof(
    { weight: 6, arbitrary: add },
    { weight: 6, arbitrary: end },
    { weight: 4, arbitrary: advance },
    { weight: 4, arbitrary: steer },
    { weight: 1, arbitrary: crash },
    { weight: 1, arbitrary: restart },
  );
  return fc.array(command, { maxLength: 40, size: 'max' });
}
