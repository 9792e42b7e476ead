import type { Clock } from '@townkrier/core';
import type { Stats } from './api-types.ts';
import type { EventHub } from './live/event-hub.ts';
import type { EventStreams } from './live/event-streams.ts';
import type { JobMetrics } from './live/job-metrics.ts';
import type { DashboardQueue, DashboardStorage } from './sources.ts';
import type { UiFiles } from './ui-files.ts';

/** What handlers work with. One per dashboard. */
export interface DashboardServices {
  /** Fails with `DependencyError`, also when it takes too long. */
  readonly queue: DashboardQueue;
  /** Fails with `DependencyError`, also when it takes too long. */
  readonly storage: DashboardStorage;
  readonly hub: EventHub;
  readonly streams: EventStreams;
  readonly metrics: JobMetrics;
  readonly ui: UiFiles;
  /** Where browsers find the dashboard, ending with a slash; `undefined` when the page finds out by itself. */
  readonly publicPath: string | undefined;
  readonly clock: Clock;
  readonly environment: string;
  readonly version: string;
  readonly loadStats: () => Promise<Stats>;
  /** Counts a change against the principal's limit. @throws {HttpError} 429 when it is used up. */
  readonly countChange: (principalId: string) => void;
}
