import type {
  JobFilters,
  JobPage,
  QueueCapabilities,
  QueueEventListener,
  QueueEventName,
  QueueJob,
  QueueStats,
} from '@townkrier/queue';
import type {
  Explanation,
  LogEvent,
  LogFilters,
  LogPage,
  NotificationLog,
  StorageStats,
} from '@townkrier/storage';

/** What the dashboard asks of what keeps the jobs. */
export interface DashboardQueueAdapter {
  readonly capabilities: QueueCapabilities;
  /** Which side is in use, where there are two: a `FailoverQueueAdapter` has it. */
  health?(): Promise<unknown>;
}

/** What the dashboard needs of a queue: a `QueueManager` has it. */
export interface DashboardQueue {
  readonly adapter?: DashboardQueueAdapter;
  getStats(): Promise<QueueStats>;
  findJobs(filters: JobFilters): Promise<JobPage>;
  getJob(id: string): Promise<QueueJob | null>;
  retryJob(id: string): Promise<unknown>;
  cancelJob(id: string): Promise<unknown>;
  deleteJob(id: string): Promise<unknown>;
  on<Name extends QueueEventName>(event: Name, listener: QueueEventListener<Name>): () => void;
}

/** What the dashboard needs of the delivery log: a `StorageManager` has it. */
export interface DashboardStorage {
  getStats(): Promise<StorageStats>;
  queryLogs(filters: LogFilters): Promise<LogPage>;
  getLog(id: string): Promise<NotificationLog | null>;
  explain(id: string): Promise<Explanation | null>;
  on(event: 'log:created' | 'log:updated', listener: (event: LogEvent) => void): () => void;
}
