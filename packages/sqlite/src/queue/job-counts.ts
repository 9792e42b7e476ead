import type { JobStatus, QueueStats } from '@townkrier/queue';
import type { SqliteHandle } from './join-transaction.ts';

/** How many jobs of a queue have a status. */
export interface JobCount {
  readonly queue: string;
  readonly status: JobStatus;
  readonly n: number;
}

/**
 * Jobs by queue and status, kept in the same transactions as the jobs themselves. Changes are gathered while a transaction works and written at its end, so a
 * batch of a thousand jobs costs a few rows. It is also the list of the queues there are.
 */
export class JobCounts {
  readonly #add;
  readonly #all;
  readonly #waiting;
  readonly #changes = new Map<string, Map<JobStatus, number>>();

  constructor(connection: SqliteHandle) {
    this.#add = connection.prepare(
      'INSERT INTO townkrier_job_counts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n',
    );
    this.#all = connection.prepare('SELECT queue, status, n FROM townkrier_job_counts WHERE n > 0');
    this.#waiting = connection.prepare(
      "SELECT queue, status, n FROM townkrier_job_counts WHERE n > 0 AND status IN ('pending', 'scheduled', 'retrying')",
    );
  }

  /** Forgets what a transaction that was undone had gathered. */
  begin(): void {
    this.#changes.clear();
  }

  change(queue: string, status: JobStatus, by: number): void {
    let changes = this.#changes.get(queue);
    if (changes === undefined) {
      changes = new Map();
      this.#changes.set(queue, changes);
    }
    changes.set(status, (changes.get(status) ?? 0) + by);
  }

  move(queue: string, from: JobStatus, to: JobStatus): void {
    if (from === to) return;
    this.change(queue, from, -1);
    this.change(queue, to, 1);
  }

  /** Writes what was gathered; the last step of a transaction. */
  flush(): void {
    for (const [queue, changes] of this.#changes) {
      for (const [status, by] of changes) if (by !== 0) this.#add.run(queue, status, by);
    }
    this.#changes.clear();
  }

  /** What is not zero. */
  all(): JobCount[] {
    return asCounts(this.#all.all());
  }

  /** What is not zero of the jobs that wait. */
  waiting(): JobCount[] {
    return asCounts(this.#waiting.all());
  }

  stats(queue?: string): QueueStats {
    const stats: Record<JobStatus, number> = {
      pending: 0,
      scheduled: 0,
      processing: 0,
      retrying: 0,
      completed: 0,
      failed: 0,
      cancelled: 0,
    };
    for (const count of this.all()) {
      if (queue === undefined || count.queue === queue) stats[count.status] += count.n;
    }
    return stats;
  }
}

/** Only this package writes the table, so its rows are what they seem. */
function asCounts(rows: unknown[]): JobCount[] {
  return rows as JobCount[];
}
