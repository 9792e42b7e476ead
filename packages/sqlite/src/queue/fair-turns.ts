import type { StoredJob } from '@townkrier/queue';
import type { SqliteHandle } from './join-transaction.ts';
import { ORDER } from './queue-schema.ts';

/** What a job's turn depends on. */
export type Taker = Pick<StoredJob, 'queue' | 'priority' | 'groupKey' | 'dueAt'>;

const IS_WAITING = "queue = ? AND priority = ? AND is_fair = 1 AND status = 'pending'";

/**
 * The turns of fair jobs, within an open transaction. The first pending jobs of all keys stand at the head of the line together, their second ones a millisecond behind, and so on. So a
 * job's turn is told by two reads of an index, once, when it becomes pending, and a claim knows nothing of keys.
 *
 * It is not told earlier, because a job that waits for a later moment would then hold a place far behind, and those of its key that come meanwhile would queue up behind it.
 */
export class FairTurns {
  readonly #first;
  readonly #last;

  constructor(connection: SqliteHandle) {
    this.#first = connection.prepare(
      `SELECT ${ORDER} AS turn FROM townkrier_jobs WHERE ${IS_WAITING} ORDER BY ${ORDER} LIMIT 1`,
    );
    // IS, because those without a key share one.
    this.#last = connection.prepare(
      `SELECT ${ORDER} AS turn FROM townkrier_jobs WHERE ${IS_WAITING} AND group_key IS ? ORDER BY ${ORDER} DESC LIMIT 1`,
    );
  }

  /** The order of a fair job that becomes pending now: behind the last of its key, else at the head of the line, else by its due moment. It is not in the line yet. */
  next({ queue, priority, groupKey, dueAt }: Taker): number {
    const last = turnOf(this.#last.get(queue, priority, groupKey));
    return last === null ? (turnOf(this.#first.get(queue, priority)) ?? dueAt) : last + 1;
  }
}

/** What the statements of this file select is what this says. */
function turnOf(row: unknown): number | null {
  return row === undefined ? null : (row as { readonly turn: number }).turn;
}
