import { type LogReached, reachedBy } from '../log-statistics.ts';
import type { NotificationLog, NotificationLogStatus } from '../notification-log.ts';
import { LogSortKey } from '../storage-adapter.ts';
import { SortedIndex } from './sorted-index.ts';

/** A row the adapter holds. `log` is replaced on an update, never changed in place. */
export interface LogEntry {
  log: NotificationLog;
  /** Milliseconds. Never changes, and is asked for often enough to be kept at hand. */
  readonly createdAt: number;
}

export const SORT_KEYS: readonly LogSortKey[] = Object.values(LogSortKey);

/** Where rows that lack a moment stand: behind all others. */
export const NEVER = Number.POSITIVE_INFINITY;

export function momentOf(log: NotificationLog, key: LogSortKey): number {
  return log[key]?.getTime() ?? NEVER;
}

/** By a moment, then by id. */
export function compareBy(key: LogSortKey): (left: LogEntry, right: LogEntry) => number {
  return (left, right) => {
    const leftMoment = momentOf(left.log, key);
    const rightMoment = momentOf(right.log, key);
    if (leftMoment !== rightMoment) return leftMoment < rightMoment ? -1 : 1;
    if (left.log.id === right.log.id) return 0;
    return left.log.id < right.log.id ? -1 : 1;
  };
}

export function segmentKeyOf(log: NotificationLog): string {
  return `${log.status}/${reachedBy(log)}/${log.channel}`;
}

/** Rows of one channel, one status and one thing reached, ordered by each moment. */
export class LogSegment {
  readonly channel: string;
  readonly status: NotificationLogStatus;
  readonly reached: LogReached;
  readonly #orders = new Map(SORT_KEYS.map((key) => [key, new SortedIndex<LogEntry>(compareBy(key))]));

  constructor(like: NotificationLog) {
    this.channel = like.channel;
    this.status = like.status;
    this.reached = reachedBy(like);
  }

  get size(): number {
    return this.order('createdAt').size;
  }

  order(key: LogSortKey): SortedIndex<LogEntry> {
    const order = this.#orders.get(key);
    if (order === undefined) throw new RangeError(`There is no order by ${key}.`);
    return order;
  }

  /** Puts an entry in its place in the orders named. */
  insert(entry: LogEntry, keys: readonly LogSortKey[]): void {
    for (const key of keys) this.order(key).add(entry);
  }

  /** Takes an entry out of the orders named, found by what its row says now. */
  remove(entry: LogEntry, keys: readonly LogSortKey[]): void {
    for (const key of keys) this.order(key).delete(entry);
  }
}
