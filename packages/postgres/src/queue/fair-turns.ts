import type { JobToInsert } from '@townkrier/queue';
import type { PostgresDatabase, PostgresTransaction } from '../postgres-database.ts';
import type { TimeLimit } from '../time-limit.ts';
import { ORDER_AT, TURN_KEY } from './claim-order.ts';

/**
 * Where a new job that takes turns comes in: right behind the last pending one of its own group, else beside the first pending one of its queue and priority. Those of
 * one group so stand a millisecond apart, and those of several side by side, by two looks into an index and at no cost for claims.
 *
 * One that is scheduled stands behind those of its group for the same moment. With others it takes turns only when they are for that moment too, or come later than
 * it becomes due: it is not placed anew then.
 */
export class FairTurns {
  readonly #find: string;

  constructor(database: PostgresDatabase) {
    this.#find = findStatement(database);
  }

  /**
   * The `order_at` of new jobs; `null` for those that take no turns. Calls at the same moment, also of other processes, may be given the same for jobs of one
   * group, which then come right after each other.
   */
  async of(
    jobs: readonly JobToInsert[],
    runner: PostgresTransaction,
    limit: TimeLimit,
  ): Promise<readonly (number | null)[]> {
    const lines = new Map(jobs.filter(({ isFair }) => isFair).map((job) => [lineOf(job), job]));
    const free = lines.size === 0 ? new Map<string, number>() : await this.#findFree(lines, runner, limit);
    return jobs.map((job) => {
      const turn = job.isFair ? free.get(lineOf(job)) : undefined;
      if (turn === undefined) return null;
      free.set(lineOf(job), turn + 1);
      return turn;
    });
  }

  /** The first free turn of each line. */
  async #findFree(
    lines: ReadonlyMap<string, JobToInsert>,
    runner: PostgresTransaction,
    limit: TimeLimit,
  ): Promise<Map<string, number>> {
    const jobs = [...lines.values()];
    const rows = await runner.query<{ readonly line: string; readonly turn: number }>(
      this.#find,
      [
        [...lines.keys()],
        jobs.map(({ queue }) => queue),
        jobs.map(({ priority }) => priority),
        jobs.map(({ groupKey }) => groupKey ?? ''),
        jobs.map(({ scheduledFor }) => scheduledFor),
      ],
      { timeoutMs: limit.left, isPrepared: true },
    );
    return new Map(rows.map(({ line, turn }) => [line, turn]));
  }
}

/** Jobs that stand behind each other. */
function lineOf({ queue, priority, groupKey, scheduledFor }: JobToInsert): string {
  return JSON.stringify([queue, priority, groupKey, scheduledFor]);
}

function findStatement(database: PostgresDatabase): string {
  const others = `FROM ${database.table('jobs')} AS j WHERE j.queue = line.queue AND j.priority = line.priority AND is_fair`;
  const ofGroup = `${others} AND ${TURN_KEY} = line.turn_key`;
  return `SELECT line, CASE WHEN scheduled_for > now THEN coalesce(
        (SELECT max(order_at) + 1 ${ofGroup} AND status = 'scheduled' AND due_at = line.scheduled_for),
        scheduled_for
      ) ELSE coalesce(
        (SELECT max(${ORDER_AT}) + 1 ${ofGroup} AND status = 'pending'),
        (SELECT min(${ORDER_AT}) ${others} AND status = 'pending'),
        now
      ) END AS turn
    FROM (
      SELECT *, ${database.table('now_ms')}() AS now
      FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::bigint[]) AS given (line, queue, priority, turn_key, scheduled_for)
    ) AS line`;
}
