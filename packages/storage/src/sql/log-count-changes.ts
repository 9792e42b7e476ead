import type { LogReached } from '../log-statistics.ts';
import type { NotificationLogStatus } from '../notification-log.ts';

const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 86_400_000;

/**
 * What counters count rows by, besides channel, status and what was reached: all of them, those created on a day or in an hour (UTC), and those with a
 * type or a provider.
 */
export const CountScope = {
  ALL: 'all',
  DAY: 'day',
  HOUR: 'hour',
  TYPE: 'type',
  PROVIDER: 'provider',
} as const;
export type CountScope = (typeof CountScope)[keyof typeof CountScope];

/** Milliseconds that a counter of a scope spans. */
export const SPAN_OF_SCOPE = { [CountScope.DAY]: MS_PER_DAY, [CountScope.HOUR]: MS_PER_HOUR } as const;

/** What of a row is counted, under the names of its columns. */
export interface CountedRow {
  readonly channel: string;
  readonly status: NotificationLogStatus;
  readonly reached: LogReached;
  /** Milliseconds. */
  readonly created_at: number;
  readonly notification_type: string | null;
  readonly provider: string | null;
}

/** The columns of {@link CountedRow}. */
export const COUNTED_COLUMNS = [
  'channel',
  'status',
  'reached',
  'created_at',
  'notification_type',
  'provider',
] as const satisfies readonly (keyof CountedRow)[];

/** A counter, and what is added to it. */
export interface LogCountChange {
  readonly scope: CountScope;
  /** The type or the provider; `''` for other scopes. */
  readonly value: string;
  /** Milliseconds at which the day or the hour starts; 0 for other scopes. */
  readonly start: number;
  readonly channel: string;
  readonly status: NotificationLogStatus;
  readonly reached: LogReached;
  by: number;
}

/**
 * What a transaction does to the counters, gathered while it works and written at its end: a thousand rows change a handful of counters, and whoever
 * writes them last holds them shortly.
 */
export class LogCountChanges {
  readonly #changes = new Map<string, LogCountChange>();

  add(row: CountedRow): void {
    this.#change(row, 1);
  }

  remove(row: CountedRow): void {
    this.#change(row, -1);
  }

  /** The counters that change, always in the same order, so that transactions that write them one after the other cannot block each other in a circle. */
  list(): LogCountChange[] {
    return [...this.#changes.entries()]
      .filter(([, { by }]) => by !== 0)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, change]) => change);
  }

  #change(row: CountedRow, by: number): void {
    const { created_at: createdAt, notification_type: type, provider } = row;
    this.#count(CountScope.ALL, '', 0, row, by);
    this.#count(CountScope.DAY, '', startOf(createdAt, MS_PER_DAY), row, by);
    this.#count(CountScope.HOUR, '', startOf(createdAt, MS_PER_HOUR), row, by);
    if (type !== null) this.#count(CountScope.TYPE, type, 0, row, by);
    if (provider !== null) this.#count(CountScope.PROVIDER, provider, 0, row, by);
  }

  #count(scope: CountScope, value: string, start: number, row: CountedRow, by: number): void {
    const { channel, status, reached } = row;
    const key = JSON.stringify([scope, value, start, channel, status, reached]);
    const known = this.#changes.get(key);
    if (known === undefined) this.#changes.set(key, { scope, value, start, channel, status, reached, by });
    else known.by += by;
  }
}

function startOf(moment: number, span: number): number {
  return Math.floor(moment / span) * span;
}
