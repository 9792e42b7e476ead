import type {
  JobFilters,
  JobPage,
  QueueCapabilities,
  QueueEventListener,
  QueueEventName,
  QueueJob,
  QueueStats,
} from '@townkrier/queue';
import type { LogEvent, LogFilters, LogPage, NotificationLog, StorageStats } from '@townkrier/storage';

/** What the dashboard needs of a queue: a `QueueManager` has it. */
export interface DashboardQueue {
  readonly capabilities?: QueueCapabilities;
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
  explain(id: string): Promise<readonly string[]>;
  on(event: 'log:created' | 'log:updated', listener: (event: LogEvent) => void): () => void;
}
