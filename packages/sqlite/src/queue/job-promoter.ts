import type { FairTurns } from './fair-turns.ts';
import type { JobCounts } from './job-counts.ts';
import { type JobRow, sortKey } from './job-row.ts';
import type { SqliteHandle } from './join-transaction.ts';

/** A queue, a moment, a status. The status twice, because SQLite does not conclude from a parameter that the index of those that wait has it. */
const IS_DUE = "queue = ? AND due_at <= ? AND status IN ('scheduled', 'retrying') AND status = ?";

type DueRow = Pick<JobRow, 'seq' | 'queue' | 'priority' | 'group_key' | 'aging_ms' | 'due_at'>;

/** Makes jobs pending whose moment has come, within an open transaction of the store. */
export class JobPromoter {
  readonly #counts: JobCounts;
  readonly #turns: FairTurns;
  readonly #promote;
  readonly #fairDue;
  readonly #promoteFair;

  constructor(connection: SqliteHandle, counts: JobCounts, turns: FairTurns) {
    this.#counts = counts;
    this.#turns = turns;
    this.#promote = connection.prepare(
      `UPDATE townkrier_jobs SET status = 'pending' WHERE ${IS_DUE} AND is_fair = 0`,
    );
    this.#fairDue = connection.prepare(
      `SELECT seq, queue, priority, group_key, aging_ms, due_at FROM townkrier_jobs WHERE ${IS_DUE} AND is_fair = 1 ORDER BY due_at, seq`,
    );
    this.#promoteFair = connection.prepare(
      `UPDATE townkrier_jobs SET status = 'pending', sort_key = ? WHERE seq = ?`,
    );
  }

  /** Of all queues; the counters are written. */
  promoteDue(now: number): void {
    for (const { queue, status } of this.#counts.waiting()) {
      if (status === 'pending') continue;
      const { changes } = this.#promote.run(queue, now, status);
      // The others that were due are gone from the index by now, so this reads no more than it promotes.
      const fair = this.#fairDue.all(queue, now, status);
      this.#takeTurns(fair as DueRow[]);
      const promoted = Number(changes) + fair.length;
      if (promoted === 0) continue;
      this.#counts.change(queue, status, -promoted);
      this.#counts.change(queue, 'pending', promoted);
    }
    this.#counts.flush();
  }

  /** One by one: the turn of each depends on those before it. */
  #takeTurns(rows: readonly DueRow[]): void {
    for (const { seq, queue, priority, group_key: groupKey, aging_ms: agingMs, due_at: dueAt } of rows) {
      const turn = this.#turns.next({ queue, priority, groupKey, dueAt });
      this.#promoteFair.run(sortKey(turn, { priority, agingMs }), seq);
    }
  }
}
