import type { CaseContext } from './case-context.ts';
import type { AdapterFeature } from './harness.ts';

/** One promise of the queue-adapter contract, and how it is checked. Its name is a sentence; it depends on no other case. */
export interface QueueAdapterCase {
  readonly name: string;
  /** Only for adapters that have all of these. */
  readonly needs?: readonly AdapterFeature[];
  /** Only for adapters that lack this: checks that they refuse instead of pretending. */
  readonly lacks?: AdapterFeature;
  /** Jobs the adapter shall hold at most; the case then needs the feature `capacity`. */
  readonly capacity?: number;
  run(context: CaseContext): Promise<void>;
}
