import { applyCrash, type ReapedJob, toQueueJob } from '@townkrier/queue';
import type { PostgresDatabase } from '../postgres-database.ts';
import { CountChanges } from './count-changes.ts';
import type { JobSaver } from './job-saver.ts';

/** Until when which worker is trusted; one row a worker, however many jobs it holds. */
export class WorkerLeases {
  readonly #database: PostgresDatabase;
  readonly #saver: JobSaver;
  readonly #workers: string;
  readonly #jobs: string;
  readonly #now: string;

  constructor(database: PostgresDatabase, saver: JobSaver) {
    this.#database = database;
    this.#saver = saver;
    this.#workers = database.table('workers');
    this.#jobs = database.table('jobs');
    this.#now = `${database.table('now_ms')}()`;
  }

  async extend(workerId: string, leaseMs: number): Promise<void> {
    await this.#database.query(
      `INSERT INTO ${this.#workers} (id, lease_ends_at) VALUES ($1, ${this.#now} + $2::bigint)
      ON CONFLICT (id) DO UPDATE SET lease_ends_at = EXCLUDED.lease_ends_at`,
      [workerId, Math.ceil(leaseMs)],
      { isPrepared: true },
    );
  }

  /** Forgets a worker that holds nothing. */
  async forget(workerId: string): Promise<void> {
    await this.#database.query(
      `DELETE FROM ${this.#workers} WHERE id = $1
      AND NOT EXISTS (SELECT FROM ${this.#jobs} WHERE worker_id = $1 AND status = 'processing')`,
      [workerId],
    );
  }

  /**
   * Takes the jobs of workers whose lease has ended, or that nobody knows, and forgets those workers. The rows of the workers are locked first, and those
   * that are locked already passed over: of two that look at the same moment, one takes all jobs of a worker.
   *
   * @param notice - What those who listen are told when a job waits again.
   */
  async reapExpired(maxCrashes: number, notice: string): Promise<readonly ReapedJob[]> {
    if (!(await this.#hasLost())) return [];
    return this.#database.transaction(async (transaction) => {
      const expired = await transaction.query<{ readonly id: string }>(
        `SELECT id FROM ${this.#workers} WHERE lease_ends_at <= ${this.#now} ORDER BY id FOR UPDATE SKIP LOCKED`,
      );
      const ids = expired.map(({ id }) => id);
      const { jobs, now } = await this.#saver.lockHeldBy(
        transaction,
        `SELECT unnest($1::text[]) UNION ALL
        SELECT worker_id FROM ${this.#jobs} WHERE status = 'processing' AND worker_id NOT IN (SELECT id FROM ${this.#workers})`,
        [ids],
      );
      await transaction.query(`DELETE FROM ${this.#workers} WHERE id = ANY ($1::text[])`, [ids]);
      const counts = new CountChanges();
      const reaped = jobs.map((job): ReapedJob => {
        const to = applyCrash(job, maxCrashes, now);
        counts.move(job.queue, 'processing', to);
        return { job: toQueueJob(job), to };
      });
      const waits = reaped.some(({ to }) => to === 'pending');
      if (jobs.length > 0)
        await this.#saver.save(transaction, { jobs, counts, notice: waits ? notice : null });
      return reaped;
    });
  }

  async #hasLost(): Promise<boolean> {
    const [row] = await this.#database.query<{ readonly found: boolean }>(
      `SELECT EXISTS (SELECT FROM ${this.#workers} WHERE lease_ends_at <= ${this.#now})
        OR EXISTS (SELECT FROM ${this.#jobs} WHERE status = 'processing' AND worker_id NOT IN (SELECT id FROM ${this.#workers})) AS found`,
      [],
      { isPrepared: true },
    );
    return row?.found === true;
  }
}
