import type { JobStatus } from '@townkrier/queue';
import type { SqliteHandle } from './join-transaction.ts';
import { IS_LEAVING, LEAVES_AT } from './queue-schema.ts';

/** Finished jobs looked at, and deleted, in one go, so that a commit stays short. */
const AT_ONCE = 500;

/** The finished jobs of a queue that have one status. */
export interface FinishedPart {
  readonly queue: string;
  readonly status: JobStatus;
}

/** The jobs between two numbers of rows; the first is outside. */
interface Stretch extends FinishedPart {
  readonly after: number;
  readonly last: number;
}

/**
 * Deletes finished jobs whose time in the history is over, those that were added first before others. Jobs that are kept for their `key_retention_ms` are
 * passed over: when all that is left of one look are such, the next goes on behind them. Jobs with a `remove_after_ms` are found by when they go.
 */
export class JobEviction {
  /** Behind which row the next look begins. */
  readonly #passed = new Map<string, number>();
  readonly #next;
  readonly #delete;
  readonly #left;
  readonly #anyLeaving;
  readonly #deleteLeaving;

  constructor(connection: SqliteHandle) {
    const finished = "townkrier_jobs WHERE queue = ? AND status = ? AND status <> 'processing' AND seq > ?";
    this.#next = connection.prepare(
      `SELECT max(seq) AS last, count(*) AS n FROM (SELECT seq FROM ${finished} ORDER BY seq LIMIT ${AT_ONCE})`,
    );
    this.#delete = connection.prepare(
      `DELETE FROM ${finished} AND seq <= ? AND updated_at + coalesce(key_retention_ms, 0) < ?`,
    );
    this.#left = connection.prepare(
      `SELECT count(*) AS n FROM ${finished} AND seq <= ? AND coalesce(key_retention_ms, 0) = 0`,
    );
    const leaving = `townkrier_jobs WHERE ${IS_LEAVING} AND ${LEAVES_AT} <= ?`;
    this.#anyLeaving = connection.prepare(`SELECT 1 FROM ${leaving} LIMIT 1`);
    this.#deleteLeaving = connection.prepare(
      `DELETE FROM townkrier_jobs WHERE seq IN (SELECT seq FROM ${leaving} ORDER BY ${LEAVES_AT} LIMIT ${AT_ONCE}) RETURNING queue, status`,
    );
  }

  /**
   * Looks at some jobs, within a transaction.
   *
   * @param endedBefore - Those for which the history counts from before this moment are deleted.
   * @returns how many were deleted.
   */
  evict(part: FinishedPart, endedBefore: number): number {
    const place = JSON.stringify([part.queue, part.status]);
    const after = this.#passed.get(place) ?? 0;
    const { last, n } = this.#nextPage(part, after);
    this.#passed.delete(place);
    if (last === null) return 0;
    const { changes } = this.#delete.run(part.queue, part.status, after, last, endedBefore);
    const isLast = n < AT_ONCE;
    if (!isLast && !this.#leavesUnretained({ ...part, after, last })) this.#passed.set(place, last);
    return Number(changes);
  }

  /** Whether there are jobs whose `remove_after_ms` is over. */
  hasLeaving(now: number): boolean {
    return this.#anyLeaving.get(now) !== undefined;
  }

  /**
   * Deletes some of the jobs whose `remove_after_ms` is over, those first whose was over first, within a transaction.
   *
   * @returns one entry for each that was deleted.
   */
  evictLeaving(now: number): readonly FinishedPart[] {
    const rows: unknown[] = this.#deleteLeaving.all(now);
    return rows as FinishedPart[];
  }

  #nextPage({ queue, status }: FinishedPart, after: number) {
    // `max` of no row is NULL.
    return this.#next.get(queue, status, after) as { readonly last: number | null; readonly n: number };
  }

  #leavesUnretained({ queue, status, after, last }: Stretch): boolean {
    return (this.#left.get(queue, status, after, last) as { readonly n: number }).n > 0;
  }
}
