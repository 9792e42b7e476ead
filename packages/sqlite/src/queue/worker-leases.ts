import type { JobRow } from './job-row.ts';
import type { SqliteHandle } from './join-transaction.ts';

/** Milliseconds a worker is trusted for that claims before it ever said that it lives. */
const FIRST_LEASE = 15_000;

/** Until when which worker is trusted; one row a worker, within an open transaction of the store. */
export class WorkerLeases {
  readonly #extend;
  readonly #ensure;
  readonly #forget;
  readonly #hasExpired;
  readonly #expired;
  readonly #heldBy;

  constructor(connection: SqliteHandle) {
    this.#extend = connection.prepare(
      'INSERT INTO townkrier_workers VALUES (?, ?) ON CONFLICT DO UPDATE SET lease_ends_at = excluded.lease_ends_at',
    );
    this.#ensure = connection.prepare('INSERT INTO townkrier_workers VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#forget = connection.prepare('DELETE FROM townkrier_workers WHERE id = ?');
    this.#hasExpired = connection.prepare(
      'SELECT EXISTS (SELECT 1 FROM townkrier_workers WHERE lease_ends_at <= ?) AS found',
    );
    this.#expired = connection.prepare('DELETE FROM townkrier_workers WHERE lease_ends_at <= ? RETURNING id');
    this.#heldBy = connection.prepare(
      "SELECT * FROM townkrier_jobs WHERE worker_id = ? AND status = 'processing' ORDER BY seq",
    );
  }

  extend(workerId: string, endsAt: number): void {
    this.#extend.run(workerId, endsAt);
  }

  /** Gives a worker that nobody knows yet a first lease. */
  ensure(workerId: string, now: number): void {
    this.#ensure.run(workerId, now + FIRST_LEASE);
  }

  forget(workerId: string): void {
    if (this.#heldBy.get(workerId) === undefined) this.#forget.run(workerId);
  }

  hasExpired(now: number): boolean {
    const row: unknown = this.#hasExpired.get(now);
    return (row as { readonly found: number }).found === 1;
  }

  /** Forgets the workers whose lease has ended. @returns the jobs they held. */
  takeExpired(now: number): JobRow[] {
    const ids: unknown[] = this.#expired.all(now);
    return (ids as { readonly id: string }[]).flatMap(({ id }) => {
      const rows: unknown[] = this.#heldBy.all(id);
      return rows as JobRow[];
    });
  }
}
