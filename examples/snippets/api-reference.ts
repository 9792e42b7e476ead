/** The classes as the seed declares them, and the proof that ours can stand in for each of them. Checked by the compiler; there is nothing to run. */
import type { Notification, NotificationChannel, NotificationManager } from '@townkrier/core';
import type { DashboardServerConfig } from '@townkrier/dashboard';
import * as dashboard from '@townkrier/dashboard';
import type { IQueueAdapter, JobFilters, QueueJob, QueueJobConfig, QueueStats } from '@townkrier/queue';
import * as queue from '@townkrier/queue';
import type {
  IStorageAdapter,
  LogFilters,
  NotificationLog,
  StatsFilters,
  StorageStats,
} from '@townkrier/storage';
import * as storage from '@townkrier/storage';
import type { Express } from 'express';

declare namespace seed {
  // #region seed 001: API Reference, QueueManager
  class QueueManager {
    constructor(adapter: IQueueAdapter, notificationManager?: NotificationManager);

    // Send immediately
    sendNow(
      notification: Notification,
      recipient: Record<NotificationChannel, unknown>,
    ): Promise<Map<NotificationChannel, unknown>>;

    // Queue for background
    enqueue(
      notification: Notification,
      recipient: Record<NotificationChannel, unknown>,
      config?: QueueJobConfig,
    ): Promise<QueueJob>;

    // Job management
    getJob(jobId: string): Promise<QueueJob | null>;
    getJobs(filters?: JobFilters): Promise<QueueJob[]>;
    retryJob(jobId: string): Promise<void>;
    deleteJob(jobId: string): Promise<void>;

    // Statistics
    getStats(): Promise<QueueStats>;

    // Processing control
    startProcessing(options?: { pollInterval?: number }): void;
    stopProcessing(): void;
  }
  // #endregion

  // #region seed 001: API Reference, StorageManager
  class StorageManager {
    constructor(adapter: IStorageAdapter);

    // Logging
    logNotification(log: Omit<NotificationLog, 'id' | 'createdAt' | 'updatedAt'>): Promise<NotificationLog>;
    updateLog(id: string, updates: Partial<NotificationLog>): Promise<NotificationLog>;

    // Querying
    getLog(id: string): Promise<NotificationLog | null>;
    queryLogs(filters: LogFilters): Promise<{ logs: NotificationLog[]; total: number }>;

    // Statistics
    getStats(filters?: StatsFilters): Promise<StorageStats>;

    // Cleanup
    cleanup(olderThan: Date): Promise<number>;
  }
  // #endregion

  // #region seed 001: API Reference, DashboardServer
  class DashboardServer {
    constructor(config: DashboardServerConfig);

    // Server control
    start(): void;
    stop(): void;

    // Access underlying Express app
    getApp(): Express;
  }
  // #endregion
}

queue.QueueManager satisfies typeof seed.QueueManager;
storage.StorageManager satisfies typeof seed.StorageManager;
dashboard.DashboardServer satisfies typeof seed.DashboardServer;
