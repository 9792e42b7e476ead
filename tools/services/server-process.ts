/** A server that tests talk to, run as a child of this process on a free port of 127.0.0.1 and ended with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** How long a server may take to listen. Milliseconds. */
const START_TIMEOUT = 20_000;
const LOOK_INTERVAL = 50;
/** Characters of a server's output that are kept, to be shown when it does not start. */
const MAX_LOG = 4_000;

/** How to run a server. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly port: number;
  /** What makes it end at once and in order. */
  readonly stopSignal: NodeJS.Signals;
  /** Run as this user instead of our own. */
  readonly uid?: number;
  /** What it prints when it takes requests, where it listens before it does. */
  readonly saysReady?: string;
}

/** A server that runs. */
export interface ServerProcess {
  readonly pid: number;
  /** Ends it in order. Idempotent. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

/** Starts a server and waits until it listens. @throws with its last output when it does not. */
export async function startServer({
  program,
  args,
  port,
  stopSignal,
  uid,
  saysReady = '',
}: ServerCommand): Promise<ServerProcess> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  let log = '';
  const keep = (data: Buffer): void => {
    log = (log + data).slice(-MAX_LOG);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    process.off('exit', killWithUs);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };
  try {
    await untilReady(port, child, () => log.includes(saysReady));
  } catch (error) {
    await end('SIGKILL');
    throw new Error(`${program} did not start:\n${log}`, { cause: error });
  }
  return { pid: child.pid ?? 0, stop: () => end(stopSignal), kill: () => end('SIGKILL') };
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** The first of these programs that is on PATH. */
export function findProgram(...names: string[]): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function untilReady(port: number, child: ChildProcess, saidSo: () => boolean): Promise<void> {
  for (let waited = 0; waited < START_TIMEOUT; waited += LOOK_INTERVAL) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
    if (saidSo() && (await isListening(port))) return;
    await wait(LOOK_INTERVAL);
  }
  throw new Error(`nothing listened on port ${port} within ${START_TIMEOUT} ms`);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
