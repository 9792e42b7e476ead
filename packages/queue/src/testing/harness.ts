import type { JobStatus } from '../job.ts';
import type { JobFilters, QueueAdapter, QueueCapabilities } from '../queue-adapter.ts';

/** The filters of `findJobs` that narrow; an adapter declares which of them it can do. */
export const NARROWING_FILTERS = [
  'status',
  'queue',
  'type',
  'name',
  'tag',
  'owner',
] as const satisfies readonly (keyof JobFilters)[];
export type NarrowingFilter = (typeof NARROWING_FILTERS)[number];

/**
 * Something an adapter may or may not be able to do. All but `capacity` and `countAhead` are declared in its {@link QueueCapabilities}, and the suite checks
 * that both say the same.
 *
 * `durability`: a resolved `add` survives the machine, so the harness has `restart`. `isShared`: several processes may use it, so the harness
 * has `connect`. `transactions`: `add` can be part of one, so the harness has `begin`. `aging`: waiting can weigh against priority. `fairness`: jobs can take turns
 * by `groupKey`. `sharedState`: it has `shared`. `countAhead`: it has that method. `capacity`: it can be bounded, so the harness heeds {@link HarnessRequest.capacity}.
 */
export type AdapterFeature =
  | 'priorities'
  | 'scheduling'
  | 'cancelRunning'
  | 'isShared'
  | 'durability'
  | 'transactions'
  | 'aging'
  | 'fairness'
  | 'sharedState'
  | 'countAhead'
  | 'capacity'
  | `filter:${NarrowingFilter}`;

/** The features that can be read from the adapter itself. */
type DeclaredFeature = Exclude<AdapterFeature, 'capacity' | 'countAhead'>;

/** The features in the order in which the suite compares them. */
export const DECLARED_FEATURES: readonly DeclaredFeature[] = [
  'priorities',
  'scheduling',
  'cancelRunning',
  'isShared',
  'durability',
  'transactions',
  'aging',
  'fairness',
  'sharedState',
  ...NARROWING_FILTERS.map((filter) => `filter:${filter}` as const),
];

/** Whether an adapter declares a feature. */
export function declaresFeature(capabilities: QueueCapabilities, feature: DeclaredFeature): boolean {
  if (feature === 'durability') return capabilities.durability === 'machine';
  if (isFilterFeature(feature)) return capabilities.filters.some((filter) => `filter:${filter}` === feature);
  return capabilities[feature];
}

function isFilterFeature(feature: DeclaredFeature): feature is `filter:${NarrowingFilter}` {
  return feature.startsWith('filter:');
}

/** What the cases must know about time and limits on this backend. Milliseconds, unless said otherwise. */
export interface HarnessLimits {
  /** A stalled worker's jobs stay its own at least this long after it stalled: the lease less one heartbeat. */
  readonly leaseHeldMs: number;
  /** … and are claimable by others at the latest this long after it stalled: the lease and the time until someone looks. */
  readonly leaseOverMs: number;
  /** Crashes after which a job fails. A number of 1 or more. */
  readonly maxCrashes: number;
  /** How long a stopping worker waits for the jobs in hand. */
  readonly shutdownTimeoutMs: number;
  /** How much later than due a job may start: 0 where the clock is injected. */
  readonly toleranceMs: number;
}

/** What a backend keeps of a job, read past the adapter. */
export interface RawJob {
  readonly status: JobStatus;
  readonly attempts: number;
}

/** What a case wants of its harness. */
export interface HarnessRequest {
  /** Jobs the adapter shall hold at most; asked only of adapters with the feature `capacity`. */
  readonly capacity?: number;
}

/** A transaction that a case opened on the backend, as an app would. */
export interface OpenTransaction {
  /** What `add` is given as `transaction`. */
  readonly handle: object;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/**
 * One fresh adapter over an empty backend (a new schema, file or key prefix), and the means to test it that are not the adapter's own.
 * The suite makes one for every case and closes it afterwards.
 */
export interface QueueAdapterHarness {
  readonly adapter: QueueAdapter;
  readonly limits: HarnessLimits;
  /** The backend's time in milliseconds since the epoch: the clock that decides when a job is due. */
  now(): number;
  /**
   * Reads a job by other means than the adapter: a query of one's own, the raw keys, the map itself. `null` when the backend keeps no such
   * job. A job that waits must be told as what it is stored as.
   */
  inspect(jobId: string): Promise<RawJob | null>;
  /**
   * Lets `ms` pass for the adapter and its backend, and resolves when everything that fell due meanwhile was acted upon, as far as that takes
   * no more time. Moves the injected clock; a backend with a clock of its own really waits. `advance(0)` lets go on what is due already: some
   * turns of the event loop, or a wait of a few milliseconds.
   */
  advance(ms: number): Promise<void>;
  /**
   * Stalls every worker that runs now, as a long pause of its process would, or a cut cable: from here on it sends no heartbeat and claims
   * nothing, while its handlers go on and what they report still reaches the backend, late. Never to be undone. Workers started afterwards are
   * sound. A dead worker is a stalled one whose handlers never end.
   */
  stallWorkers(): Promise<void>;
  /** Opens a second adapter over the same backend, as another process would. Needed with `isShared`; the harness closes it. */
  connect?(): Promise<QueueAdapter>;
  /** Loses the adapter as `kill -9` would and opens a new one over what is stored. Needed with `durability`; the harness closes it. */
  restart?(): Promise<QueueAdapter>;
  /** Opens a transaction on the backend. Needed with `transactions`; the harness rolls back what is left open. */
  begin?(): Promise<OpenTransaction>;
  /** Frees everything, also after a case that failed half way. Called once. */
  close(): Promise<void>;
}
