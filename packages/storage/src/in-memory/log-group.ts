import type { NotificationLogStatus } from '../notification-log.ts';
import type { LogSortKey } from '../storage-adapter.ts';
import { type LogEntry, LogSegment, SORT_KEYS, segmentKeyOf } from './log-entry.ts';
import type { Slice } from './merge-slices.ts';

/** A group up to this size is a plain array, scanned and sorted per query: most recipients and jobs have a handful of rows. */
const FEW = 256;

/** What narrows a group without leaving its indexes. Moments are milliseconds, both ends included. */
export interface GroupFilter {
  readonly channel?: string | undefined;
  readonly statuses?: ReadonlySet<NotificationLogStatus> | undefined;
  readonly from: number;
  readonly to: number;
}

/**
 * Rows that have something in common: all rows, those of one recipient, of one job, … A group that grows large is split into segments by channel,
 * status and what was reached, each ordered by every moment; it stays so until it is empty.
 */
export class LogGroup {
  readonly #most: number;
  #few: LogEntry[] | null;
  readonly #segments = new Map<string, LogSegment>();
  #size = 0;

  /** @param few - How many rows it holds unindexed; 0 for a group that is indexed from the start. */
  constructor(few: number = FEW) {
    this.#most = few;
    this.#few = few === 0 ? null : [];
  }

  get size(): number {
    return this.#size;
  }

  /** Whether the group answers by index; otherwise read its few rows. */
  get isIndexed(): boolean {
    return this.#few === null;
  }

  insert(entry: LogEntry): void {
    this.#size += 1;
    if (this.#few === null) {
      this.#segmentFor(entry).insert(entry, SORT_KEYS);
      return;
    }
    this.#few.push(entry);
    if (this.#few.length > this.#most) this.#index(this.#few);
  }

  remove(entry: LogEntry): void {
    this.#size -= 1;
    if (this.#few !== null) {
      this.#few.splice(this.#few.indexOf(entry), 1);
      return;
    }
    const key = segmentKeyOf(entry.log);
    const segment = this.#segments.get(key);
    segment?.remove(entry, SORT_KEYS);
    if (segment?.size === 0) this.#segments.delete(key);
  }

  /** Takes an entry out of some orders of its segment, before its row is replaced by one of the same segment. Follow with `settle`. */
  lift(entry: LogEntry, keys: readonly LogSortKey[]): void {
    if (this.#few === null) this.#segmentFor(entry).remove(entry, keys);
  }

  /** Puts a lifted entry back, by its new row. */
  settle(entry: LogEntry, keys: readonly LogSortKey[]): void {
    if (this.#few === null) this.#segmentFor(entry).insert(entry, keys);
  }

  /** The segments of a channel and of some statuses; all without a filter. None while the group is not indexed. */
  segments(filter: Pick<GroupFilter, 'channel' | 'statuses'> = {}): LogSegment[] {
    return [...this.#segments.values()].filter(
      ({ channel, status }) =>
        (filter.channel === undefined || channel === filter.channel) &&
        (filter.statuses === undefined || filter.statuses.has(status)),
    );
  }

  /** The matching rows, in no order. Costs the rows it gives, or all of a group that is not indexed. */
  *entries(filter: GroupFilter): Generator<LogEntry, void, undefined> {
    if (this.#few === null) {
      for (const segment of this.segments(filter)) {
        const { index, start, end } = createdBetween(segment, filter.from, filter.to);
        yield* index.walk(start, end);
      }
      return;
    }
    for (const entry of this.#few) if (matches(entry, filter)) yield entry;
  }

  #index(entries: readonly LogEntry[]): void {
    this.#few = null;
    for (const entry of entries) this.#segmentFor(entry).insert(entry, SORT_KEYS);
  }

  #segmentFor(entry: LogEntry): LogSegment {
    const key = segmentKeyOf(entry.log);
    const known = this.#segments.get(key);
    if (known !== undefined) return known;
    const segment = new LogSegment(entry.log);
    this.#segments.set(key, segment);
    return segment;
  }
}

/** Where the rows of a segment that were created between two moments, both included, stand in its order of creation. */
export function createdBetween(segment: LogSegment, from: number, to: number): Slice<LogEntry> {
  const index = segment.order('createdAt');
  const start = from === Number.NEGATIVE_INFINITY ? 0 : index.countWhile(({ createdAt }) => createdAt < from);
  const end =
    to === Number.POSITIVE_INFINITY ? index.size : index.countWhile(({ createdAt }) => createdAt <= to);
  return { index, start, end: Math.max(start, end) };
}

function matches({ log, createdAt }: LogEntry, { channel, statuses, from, to }: GroupFilter): boolean {
  return (
    (channel === undefined || log.channel === channel) &&
    (statuses === undefined || statuses.has(log.status)) &&
    createdAt >= from &&
    createdAt <= to
  );
}
