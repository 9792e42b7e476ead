import type { NotificationLog } from '../notification-log.ts';
import { type LogEntry, momentOf, SORT_KEYS, segmentKeyOf } from './log-entry.ts';
import { LogGroup } from './log-group.ts';

/** What rows are grouped by besides channel and status. */
export const DIMENSIONS = [
  'recipientHash',
  'notificationId',
  'jobId',
  'notificationType',
  'provider',
] as const satisfies readonly (keyof NotificationLog)[];
export type Dimension = (typeof DIMENSIONS)[number];

const NO_ROWS = new LogGroup();

/** All rows with their indexes, kept in step: by id, by idempotency key, and a {@link LogGroup} for each value of each dimension. */
export class LogTable {
  readonly #byId = new Map<string, LogEntry>();
  readonly #byIdempotencyKey = new Map<string, LogEntry>();
  readonly #groups = new Map(DIMENSIONS.map((dimension) => [dimension, new Map<string, LogGroup>()]));
  #all = new LogGroup(0);

  get size(): number {
    return this.#byId.size;
  }

  /** Every row, always indexed. */
  get all(): LogGroup {
    return this.#all;
  }

  get(id: string): LogEntry | undefined {
    return this.#byId.get(id);
  }

  getByIdempotencyKey(key: string): LogEntry | undefined {
    return this.#byIdempotencyKey.get(key);
  }

  /** The rows with a value of a dimension; an empty group when there are none. Read only. */
  group(dimension: Dimension, value: string): LogGroup {
    return this.#groups.get(dimension)?.get(value) ?? NO_ROWS;
  }

  /** Adds a row whose id and idempotency key are new. */
  insert(log: NotificationLog): void {
    const entry: LogEntry = { log, createdAt: log.createdAt.getTime() };
    this.#byId.set(log.id, entry);
    if (log.idempotencyKey !== undefined) this.#byIdempotencyKey.set(log.idempotencyKey, entry);
    this.#all.insert(entry);
    for (const dimension of DIMENSIONS) this.#join(dimension, entry);
  }

  remove(entry: LogEntry): void {
    const { id, idempotencyKey } = entry.log;
    this.#byId.delete(id);
    if (idempotencyKey !== undefined) this.#byIdempotencyKey.delete(idempotencyKey);
    this.#all.remove(entry);
    for (const dimension of DIMENSIONS) this.#leave(dimension, entry);
  }

  /** Replaces the row of an entry by one with the same id. Touches only the orders in which it moves. */
  replace(entry: LogEntry, next: NotificationLog): void {
    if (!staysInItsGroups(entry.log, next)) {
      this.remove(entry);
      this.insert(next);
      return;
    }
    const moved = SORT_KEYS.filter((key) => momentOf(entry.log, key) !== momentOf(next, key));
    const groups = this.#groupsOf(entry);
    for (const group of groups) group.lift(entry, moved);
    entry.log = next;
    for (const group of groups) group.settle(entry, moved);
  }

  clear(): void {
    this.#byId.clear();
    this.#byIdempotencyKey.clear();
    for (const groups of this.#groups.values()) groups.clear();
    this.#all = new LogGroup(0);
  }

  #groupsOf(entry: LogEntry): LogGroup[] {
    const values = DIMENSIONS.flatMap((dimension) => {
      const value = entry.log[dimension];
      return value === undefined ? [] : [this.group(dimension, value)];
    });
    return [this.#all, ...values];
  }

  #join(dimension: Dimension, entry: LogEntry): void {
    const value = entry.log[dimension];
    const groups = this.#groups.get(dimension);
    if (value === undefined || groups === undefined) return;
    const known = groups.get(value);
    const group = known ?? new LogGroup();
    if (known === undefined) groups.set(value, group);
    group.insert(entry);
  }

  #leave(dimension: Dimension, entry: LogEntry): void {
    const value = entry.log[dimension];
    if (value === undefined) return;
    const group = this.group(dimension, value);
    group.remove(entry);
    if (group.size === 0) this.#groups.get(dimension)?.delete(value);
  }
}

function staysInItsGroups(previous: NotificationLog, next: NotificationLog): boolean {
  return (
    segmentKeyOf(previous) === segmentKeyOf(next) &&
    previous.idempotencyKey === next.idempotencyKey &&
    DIMENSIONS.every((dimension) => previous[dimension] === next[dimension])
  );
}
