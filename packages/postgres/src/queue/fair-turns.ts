import type { JobToInsert } from '@townkrier/queue';
import { expectFew } from '../few-rows.ts';
import type { PostgresDatabase, PostgresTransaction } from '../postgres-database.ts';
import type { TimeLimit } from '../time-limit.ts';
import { LATER_AT, ORDER_AT, TURN_KEY } from './claim-order.ts';

/**
 * Where a new job that takes turns comes in: right behind the last pending one of its own group, else beside the first pending one of its queue and priority. Those of
 * one group so stand a millisecond apart, and those of several side by side, by two looks into an index and at no cost for claims.
 *
 * One that is scheduled stands behind those of its group for the same moment, and holds up none of its group before. It keeps that place when it becomes due: with those
 * for another moment it takes no turns.
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

/**
 * Few lines are expected, or the server would plan it anew each time: it holds a plan for any number of them for dear. And it is asked for the first of an order, not
 * for the smallest or the greatest, for which it takes any index while it knows of no such jobs.
 */
function findStatement(database: PostgresDatabase): string {
  const others = `FROM ${database.table('jobs')} AS j WHERE j.queue = line.queue AND j.priority = line.priority AND is_fair`;
  return `SELECT line, coalesce(
        (
          SELECT ${ORDER_AT} ${others} AND status IN ('pending', 'scheduled') AND ${TURN_KEY} = line.turn_key AND ${LATER_AT} = line.later_at
          ORDER BY ${ORDER_AT} DESC LIMIT 1
        ) + 1,
        nullif(later_at, 0),
        (SELECT ${ORDER_AT} ${others} AND status = 'pending' ORDER BY ${ORDER_AT} LIMIT 1),
        now
      ) AS turn
    FROM (
      SELECT *, CASE WHEN scheduled_for > now THEN scheduled_for ELSE 0 END AS later_at
      FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::bigint[]) AS given (line, queue, priority, turn_key, scheduled_for),
        (SELECT ${database.table('now_ms')}() AS now) AS clock
    ) AS line WHERE ${expectFew('priority')}`;
}
