import type { NotificationLog } from '../notification-log.ts';

/** A copy of a row that shares nothing that can be changed. Keys that are `undefined` are left out. */
export function snapshotOf(log: NotificationLog): NotificationLog {
  // Copying keeps every key with its type, which a function over unknown values cannot express.
  return copyOf(log) as NotificationLog;
}

/** Rows are plain data: a few dates, lists and records. Copying those by hand is several times cheaper than `structuredClone`, which is kept for the rest. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return new Date(value);
  if (Array.isArray(value)) return value.map(copyOf);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return structuredClone(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, copyOf(entry)]),
  );
}
