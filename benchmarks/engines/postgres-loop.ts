import pg from 'pg';
import type { BenchmarkPayload } from '../harness/payload.ts';
import { type Engine, type EngineHandler, type EngineSource, required } from './engine.ts';
import { GroupedAdds } from './grouped-adds.ts';

const SCHEMA = `
  create table jobs (
    id bigint generated always as identity primary key,
    uid text not null unique,
    status smallint not null default 0,
    priority smallint not null,
    run_at timestamptz not null default now(),
    payload jsonb not null,
    attempts integer not null default 0,
    worker text,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz
  );
  create index jobs_ready on jobs (priority desc, id) where status = 0;
  create index jobs_due on jobs (run_at) where status = 1;
  create index jobs_running on jobs (worker) where status = 2;
  create index jobs_finished on jobs (finished_at) where status = 3;
`;
const INSERT = {
  name: 'insert',
  text: 'insert into jobs (uid, priority, payload) select uid, 5, payload from unnest($1::text[], $2::jsonb[]) as t (uid, payload)',
};
const CLAIM = {
  name: 'claim',
  text: `
  update jobs set status = 2, attempts = attempts + 1, worker = 'loop', started_at = now()
  where id = any (array(select id from jobs where status = 0 order by priority desc, id limit $1 for update skip locked))
  returning id, payload`,
};
const FINISH = {
  name: 'finish',
  text: 'update jobs set status = 3, worker = null, finished_at = now() where id = any ($1::bigint[])',
};

/**
 * The practical limit of a queue in PostgreSQL: prepared statements; one claims as many jobs as may run at once, their handlers run side by side, one finishes
 * them. Jobs are kept and can be found by id. No leases, fences, retries, events or statistics.
 */
export const postgresLoop: EngineSource = {
  name: 'hand loop',
  needs: ['postgres'],
  async open({ postgresUrl, name }) {
    const client = new pg.Client({ connectionString: required(postgresUrl) });
    await client.connect();
    await client.query(`create schema ${name}; set search_path = ${name}; ${SCHEMA}`);
    return openLoop(client);
  },
};

function openLoop(client: pg.Client): Engine {
  const insert = async (payloads: readonly BenchmarkPayload[]): Promise<void> => {
    const ids = payloads.map(() => crypto.randomUUID());
    await client.query({ ...INSERT, values: [ids, payloads.map((payload) => JSON.stringify(payload))] });
  };
  const adds = new GroupedAdds(insert);
  return {
    add: (payload) => adds.add(payload),
    addMany: insert,
    work: async (handler, concurrency) => void runUntilEmpty(client, handler, concurrency),
  };
}

async function runUntilEmpty(client: pg.Client, handler: EngineHandler, limit: number): Promise<void> {
  for (;;) {
    const { rows } = await client.query({ ...CLAIM, values: [limit] });
    if (rows.length === 0) return;
    await Promise.all(rows.map(({ payload }) => handler(payload)));
    await client.query({ ...FINISH, values: [rows.map(({ id }) => id)] });
  }
}
