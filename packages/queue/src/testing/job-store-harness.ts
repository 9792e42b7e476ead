import type { JobStore } from '../job-store.ts';
import type { RawJob } from './harness.ts';

/** One fresh, empty store, and the means to test it that are not its own. */
export interface JobStoreHarness {
  readonly store: JobStore;
  /** The store's time in milliseconds since the epoch. */
  now(): number;
  /** Lets `ms` pass for the store. Nothing in a store acts by itself, so nothing need be waited for. */
  advance(ms: number): Promise<void>;
  /** Reads a job by other means than the store; `null` when it keeps none with that id. */
  inspect(jobId: string): Promise<RawJob | null>;
  /** A second connection to the same data, as another process would open; needed of a shared store. The harness closes it. */
  connect?(): Promise<JobStore>;
  /** Frees everything. Called once. */
  close(): Promise<void>;
}
