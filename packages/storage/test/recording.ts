import { NotificationManager } from '@townkrier/core';
import { VirtualClock } from '@townkrier/core/testing';
import type { InMemoryStorageAdapterOptions } from '../src/in-memory/in-memory-storage-options.ts';
import {
  InMemoryStorageAdapter,
  type NotificationLog,
  type RecordFailedEvent,
  type RecordOptions,
  type StorageAdapter,
  StorageManager,
} from '../src/index.ts';
import { ScriptedChannel } from './scripted-channel.ts';

/** A notification manager whose deliveries are recorded, with everything a test may want to reach. */
export interface Recording {
  readonly clock: VirtualClock;
  readonly email: ScriptedChannel;
  readonly sms: ScriptedChannel;
  readonly notifications: NotificationManager;
  readonly adapter: StorageAdapter;
  readonly storage: StorageManager;
  readonly failures: RecordFailedEvent[];
  readonly stop: () => void;
  /** All rows, oldest first. */
  logs(): Promise<NotificationLog[]>;
  /** The only row. */
  onlyLog(): Promise<NotificationLog>;
}

/** Sets up a recording; `wrap` may put something between the manager and its adapter. */
export function startRecording(
  options: RecordOptions & {
    readonly adapterOptions?: InMemoryStorageAdapterOptions;
    readonly wrap?: (adapter: StorageAdapter) => StorageAdapter;
  } = {},
): Recording {
  const { adapterOptions, wrap = (adapter) => adapter, ...recordOptions } = options;
  const clock = new VirtualClock();
  const email = new ScriptedChannel('email');
  const sms = new ScriptedChannel('sms', false);
  const notifications = new NotificationManager({ clock });
  notifications.registerChannel('my-email', email).registerChannel('my-sms', sms);
  const adapter = new InMemoryStorageAdapter({ clock, ...adapterOptions });
  const storage = new StorageManager(wrap(adapter), { clock });
  const failures: RecordFailedEvent[] = [];
  storage.on('record:failed', (failure) => failures.push(failure));
  const stop = storage.record(notifications, recordOptions);
  const logs = async (): Promise<NotificationLog[]> =>
    (await adapter.query({ limit: 1000, offset: 0, sortBy: 'createdAt', sortOrder: 'asc' })).logs;
  const onlyLog = async (): Promise<NotificationLog> => {
    const [log, ...others] = await logs();
    if (log === undefined || others.length > 0)
      throw new Error(`Expected one row, found ${others.length + (log ? 1 : 0)}.`);
    return log;
  };
  return { clock, email, sms, notifications, adapter, storage, failures, stop, logs, onlyLog };
}
