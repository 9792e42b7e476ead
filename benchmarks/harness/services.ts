import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { POSTGRES_MISSING, startPostgres } from '../../tools/services/postgres.ts';
import { REDIS_MISSING, startRedis } from '../../tools/services/redis.ts';

/** What an engine may need: its own folder and name in this pass, and servers that are nobody else's. */
export interface Place {
  /** An empty folder on the disk that keeps the temporary files. */
  readonly folder: string;
  /** A name nobody else uses: a schema, a prefix. */
  readonly name: string;
  /** `fsync` and `synchronous_commit` are on. */
  readonly postgresUrl?: string | undefined;
  /** Keeps nothing on disk, as Redis does by default in these benchmarks. */
  readonly redisUrl?: string | undefined;
  /** Appends to a file and syncs it every second. */
  readonly redisAppendUrl?: string | undefined;
}

/** How often a starting PostgreSQL is asked for a connection, and the milliseconds in between. */
const MOST_TRIES = 100;
const TRY_AGAIN = 100;

export type ServiceName = 'postgres' | 'redis' | 'redisAppend';

/** The servers of a benchmark, started for it on free ports. */
export interface Services {
  /** Why a server is missing. The cases that need it are left out. */
  readonly missing: ReadonlyMap<ServiceName, string>;
  /** A place for one pass, cleaned of everything earlier passes left. */
  open(): Promise<Place>;
  /** Deletes what passes left, all of them: none may still run. */
  clean(place: Place): Promise<void>;
  stop(): Promise<void>;
}

const start = {
  postgres: () => startPostgres({ isDurable: true, settings: { shared_buffers: '512MB' } }),
  redis: () => startRedis(),
  redisAppend: () => startRedis({ append: 'everysec' }),
};

/** Starts these servers; those whose programs are not installed are named in `missing`. */
export async function startServices(names: readonly ServiceName[]): Promise<Services> {
  const servers = new Map<ServiceName, { readonly url: string; stop(): Promise<void> }>();
  const missing = new Map<ServiceName, string>();
  for (const name of names) {
    const server = await start[name]();
    if (server !== null) servers.set(name, server);
    else missing.set(name, name === 'postgres' ? POSTGRES_MISSING : REDIS_MISSING);
  }
  const postgresUrl = servers.get('postgres')?.url;
  if (postgresUrl !== undefined) await untilAnswering(postgresUrl);
  const redisUrls = [servers.get('redis')?.url, servers.get('redisAppend')?.url];
  const folders: string[] = [];
  return {
    missing,
    async open() {
      const folder = mkdtempSync(join(tmpdir(), 'townkrier-benchmark-'));
      const name = `pass_${folders.push(folder)}`;
      return { folder, name, postgresUrl, redisUrl: redisUrls[0], redisAppendUrl: redisUrls[1] };
    },
    async clean({ folder }) {
      remove(folder);
      if (postgresUrl !== undefined) await dropSchemas(postgresUrl);
      for (const url of redisUrls) if (url !== undefined) await flush(url);
    },
    async stop() {
      folders.forEach(remove);
      for (const server of servers.values()) await server.stop();
    },
  };
}

/** A server that listens may still be starting up. @throws what it says last. */
async function untilAnswering(url: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
      await wait(TRY_AGAIN);
    }
  }
}

/**
 * Lets PostgreSQL count its rows, which it otherwise does by itself within a minute: right after many rows were added, it would plan with the counts of
 * an empty table. Does nothing for an engine that needs no PostgreSQL.
 */
export async function analyze({ postgresUrl }: Place): Promise<void> {
  if (postgresUrl === undefined) return;
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query('vacuum (analyze)');
  await client.end();
}

/** A checkpoint after it, so that one pass does not pay for the pages another one wrote. */
async function dropSchemas(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ readonly name: string }>(
    "select quote_ident(nspname) as name from pg_namespace where nspname !~ '^(pg_|public$|information_schema$)'",
  );
  if (rows.length > 0) await client.query(`drop schema ${rows.map(({ name }) => name).join(', ')} cascade`);
  await client.query('checkpoint');
  await client.end();
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

async function flush(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.flushall();
  redis.disconnect();
}
