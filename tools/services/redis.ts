import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePort, type ServerProcess, startServer } from './server-process.ts';

/** Why Redis tests cannot run, for the closing lines. */
export const REDIS_MISSING =
  'Redis: no redis-server or valkey-server on PATH. Install one (Debian: apt-get install redis-server; macOS: brew install redis), or set TOWNKRIER_TEST_REDIS_URL.';

/** A Redis of one's own. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Stops it as a power cut would; what it keeps on disk stays. */
  kill(): Promise<void>;
  /** Starts it again after a kill, on the same port with the same data. */
  restart(): Promise<void>;
  /** Ends it and deletes its data. Idempotent. */
  stop(): Promise<void>;
}

/** How a Redis keeps its data. */
export interface RedisOptions {
  /** `no`: nothing survives; `always` and `everysec` as Redis' own `appendfsync`. @default 'no' */
  readonly append?: 'no' | 'always' | 'everysec';
  /** Further arguments of the server. */
  readonly args?: readonly string[];
}

/** Starts a Redis on a free port, or gives `null` where none is installed. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer | null> {
  const program = findProgram('redis-server', 'valkey-server');
  if (program === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'townkrier-redis-'));
  const port = await freePort();
  const { append = 'no', args = [] } = options;
  const durability =
    append === 'no' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', append];
  const where = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', ''];
  const start = (): Promise<ServerProcess> =>
    startServer({ program, args: [...where, ...durability, ...args], port, stopSignal: 'SIGTERM' });
  let server = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill: () => server.kill(),
    async restart() {
      server = await start();
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
