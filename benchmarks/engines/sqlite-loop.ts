import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { BenchmarkPayload } from '../harness/payload.ts';
import type { Engine, EngineHandler, EngineSource } from './engine.ts';
import { GroupedAdds } from './grouped-adds.ts';

const SCHEMA = `
  create table jobs (
    id integer primary key,
    uid text not null unique,
    status integer not null default 0,
    priority integer not null,
    run_at integer not null,
    payload text not null,
    attempts integer not null default 0,
    worker text,
    created_at integer not null,
    started_at integer,
    finished_at integer
  );
  create index jobs_ready on jobs (priority desc, id) where status = 0;
  create index jobs_due on jobs (run_at) where status = 1;
  create index jobs_running on jobs (worker) where status = 2;
  create index jobs_finished on jobs (finished_at) where status = 3;
`;
const INSERT = `
  insert into jobs (uid, status, priority, run_at, payload, created_at)
  values (?, 0, 5, ?, ?, ?)`;
const CLAIM = `
  update jobs set status = 2, attempts = attempts + 1, worker = 'loop', started_at = ?
  where id in (select id from jobs where status = 0 order by priority desc, id limit ?)
  returning id, payload`;
const FINISH = `
  update jobs set status = 3, worker = null, finished_at = ?
  where id in (select value from json_each(?))`;

/**
 * The practical limit of a queue in SQLite: one statement claims as many jobs as may run at once, their handlers run side by side, one statement finishes
 * them. Jobs are kept and can be found by id. No leases, fences, retries, events or statistics.
 */
export function sqliteLoop(durability: 'full' | 'normal'): EngineSource {
  return {
    name: `hand loop (${durability})`,
    needs: [],
    async open({ folder }) {
      const database = new DatabaseSync(join(folder, 'loop.db'));
      database.exec(`pragma journal_mode = wal; pragma synchronous = ${durability}; ${SCHEMA}`);
      return openLoop(database);
    },
  };
}

function openLoop(database: DatabaseSync): Engine {
  const statement = database.prepare(INSERT);
  const insert = async (payloads: readonly BenchmarkPayload[]): Promise<void> => {
    const now = Date.now();
    database.exec('begin immediate');
    for (const payload of payloads) statement.run(crypto.randomUUID(), now, JSON.stringify(payload), now);
    database.exec('commit');
  };
  const adds = new GroupedAdds(insert);
  return {
    add: (payload) => adds.add(payload),
    addMany: insert,
    work: async (handler, concurrency) => void runUntilEmpty(database, handler, concurrency),
  };
}

async function runUntilEmpty(database: DatabaseSync, handler: EngineHandler, limit: number): Promise<void> {
  const claim = database.prepare(CLAIM);
  const finish = database.prepare(FINISH);
  for (;;) {
    const rows = claim.all(Date.now(), limit);
    if (rows.length === 0) return;
    await Promise.all(rows.map((row) => handler(JSON.parse(String(row['payload'])))));
    finish.run(Date.now(), JSON.stringify(rows.map((row) => row['id'])));
    // As a server must: sockets and timers get their turn.
    await setImmediate();
  }
}
