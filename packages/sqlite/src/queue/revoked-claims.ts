import type { JobFence } from '@townkrier/queue';
import type { SqliteHandle } from './join-transaction.ts';

/** Claims that a cancel took from their workers, kept until the workers' process has seen it. The table is nearly always empty, so looking is cheap. */
export class RevokedClaims {
  readonly #add;
  readonly #all;
  readonly #remove;
  readonly #forgetWorker;

  constructor(connection: SqliteHandle) {
    this.#add = connection.prepare('INSERT INTO townkrier_revoked VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
    this.#all = connection.prepare('SELECT worker_id, job_id, claim FROM townkrier_revoked');
    this.#remove = connection.prepare(
      'DELETE FROM townkrier_revoked WHERE worker_id = ? AND job_id = ? AND claim = ?',
    );
    this.#forgetWorker = connection.prepare('DELETE FROM townkrier_revoked WHERE worker_id = ?');
  }

  add({ workerId, jobId, claim }: JobFence): void {
    this.#add.run(workerId, jobId, claim);
  }

  /** Those of some workers. */
  of(workerIds: ReadonlySet<string>): JobFence[] {
    const rows: unknown[] = this.#all.all();
    return (rows as { worker_id: string; job_id: string; claim: number }[])
      .map((row) => ({ workerId: row.worker_id, jobId: row.job_id, claim: row.claim }))
      .filter(({ workerId }) => workerIds.has(workerId));
  }

  remove(fences: readonly JobFence[]): void {
    for (const { workerId, jobId, claim } of fences) this.#remove.run(workerId, jobId, claim);
  }

  forgetWorker(workerId: string): void {
    this.#forgetWorker.run(workerId);
  }
}
