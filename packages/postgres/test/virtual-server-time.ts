import { VirtualClock } from '@townkrier/core/testing';
import type pg from 'pg';
import { quoteName } from '../src/postgres-database.ts';

/**
 * Time that stands still until it is moved, for a schema on a real server and for the runtime in this process alike. The server's part is its function
 * `now_ms`, which is made to read a table.
 */
export class VirtualServerTime {
  readonly clock = new VirtualClock();
  readonly #pool: pg.Pool;
  readonly #table: string;

  private constructor(pool: pg.Pool, schema: string) {
    this.#pool = pool;
    this.#table = `${quoteName(schema)}.test_clock`;
  }

  /** Takes over the clock of a schema that has the tables of the queue. */
  static async rule(pool: pg.Pool, schema: string): Promise<VirtualServerTime> {
    const time = new VirtualServerTime(pool, schema);
    const table = time.#table;
    await pool.query(`
      CREATE TABLE IF NOT EXISTS ${table} (ms bigint NOT NULL);
      DELETE FROM ${table};
      INSERT INTO ${table} VALUES (${time.clock.now()});
      CREATE OR REPLACE FUNCTION ${quoteName(schema)}.now_ms() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT ms FROM ${table} $$`);
    return time;
  }

  /**
   * Lets time pass: from one timer of the runtime to the next, the server first, so that whatever a timer asks it finds its moment come.
   *
   * @param settle - Waits until everything that a moment brought about is done.
   */
  async advance(ms: number, settle: () => Promise<void>): Promise<void> {
    const target = this.clock.now() + ms;
    await settle();
    for (;;) {
      const next = Math.min(this.clock.nextTimerAt ?? target, target);
      await this.#moveTo(Math.max(next, this.clock.now()));
      await settle();
      if (this.clock.now() >= target && (this.clock.nextTimerAt ?? Number.POSITIVE_INFINITY) > target) return;
    }
  }

  async #moveTo(moment: number): Promise<void> {
    const passes = moment - this.clock.now();
    if (passes > 0) await this.#pool.query(`UPDATE ${this.#table} SET ms = $1`, [moment]);
    await this.clock.advance(passes);
  }
}
