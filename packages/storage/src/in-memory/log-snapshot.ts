import type { NotificationLog } from '../notification-log.ts';

/** A copy of a row that shares nothing that can be changed. Fields that are `undefined` are left out. */
export function snapshotOf(log: NotificationLog): NotificationLog {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(log)) {
    if (value !== undefined) copy[key] = typeof value === 'object' ? copyOf(value) : value;
  }
  // The same fields with equal values, which a loop over keys cannot express.
  return copy as unknown as NotificationLog;
}

/** Rows are plain data: a few dates, lists and records. Copying those by hand is several times cheaper than `structuredClone`, which is kept for the rest. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return new Date(value.getTime());
  if (Array.isArray(value)) return value.map(copyOf);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return structuredClone(value);
  // Not by assignment: a key may be called `__proto__`.
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copyOf(entry)]));
}
