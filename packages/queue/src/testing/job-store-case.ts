import type { JobStoreContext } from './job-store-context.ts';

/** Something a store may or may not be able to do. `countAhead` and `events` are told by being there, the others by the store's `capabilities`. */
export type StoreFeature = 'aging' | 'fairness' | 'sharedState' | 'countAhead' | 'events';

/** One promise of the `JobStore` contract, and how it is checked. */
export interface JobStoreCase {
  readonly name: string;
  /** Only for stores that several processes may use. */
  readonly needsShared?: boolean;
  /** Only for stores that have all of these. */
  readonly needs?: readonly StoreFeature[];
  run(context: JobStoreContext): Promise<void>;
}
