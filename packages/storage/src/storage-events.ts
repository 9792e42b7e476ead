import type { ChannelName, TownKrierError } from '@townkrier/core';
import type { NotificationLogStatus } from './notification-log.ts';

/** What every event about a row carries: ids and states, never recipients or content. */
export interface LogEvent {
  readonly at: Date;
  readonly logId: string;
  readonly notificationId: string;
  readonly channel: ChannelName;
  readonly status: NotificationLogStatus;
}

/** Rows were deleted. The adapter says how many, not which. */
export interface LogsDeletedEvent {
  readonly at: Date;
  readonly count: number;
  readonly cause: 'cleanup' | 'erasure';
}

/** What happened to a delivery was not recorded. The delivery itself went on. */
export interface RecordFailedEvent {
  readonly at: Date;
  /** What was to be recorded: that it was queued, that a provider is about to be called, how the call ended, or that it was withdrawn. */
  readonly step: 'queued' | 'sending' | 'result' | 'withdrawn';
  readonly idempotencyKey: string;
  readonly error: TownKrierError;
}

/** The events of a `StorageManager`, by name; each comes after the change is stored. */
export interface StorageEvents {
  'log:created': LogEvent;
  'log:updated': LogEvent;
  'log:deleted': LogsDeletedEvent;
  /** When nobody listens to this one, the failure becomes a warning of the process. */
  'record:failed': RecordFailedEvent;
}
export type StorageEventName = keyof StorageEvents;
export type StorageEventListener<Name extends StorageEventName> = (event: StorageEvents[Name]) => void;
