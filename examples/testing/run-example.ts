import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../', import.meta.url);
const PRELOAD = new URL('testing/port-3000-elsewhere.ts', ROOT).href;

/** An example that runs in a process of its own. */
export interface RunningExample {
  readonly child: ChildProcess;
  /** The port that stands in for 3000. */
  readonly port: number;
  /** How it ended and what it printed. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

/** Starts a file of `examples/` as a reader would, on a free port where it asks for 3000. */
export async function startExample(file: string, env: NodeJS.ProcessEnv = {}): Promise<RunningExample> {
  const port = await findFreePort();
  const child = spawn(process.execPath, ['--import', PRELOAD, fileURLToPath(new URL(file, ROOT))], {
    env: { ...process.env, NODE_ENV: '', NO_COLOR: '1', TEST_PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'close')]);
  return {
    child,
    port,
    ended: printed.then(([stdout, stderr]) => ({ code: child.exitCode, stdout, stderr })),
  };
}

/** Runs an example to its end. */
export async function runExample(file: string, env: NodeJS.ProcessEnv = {}) {
  const { ended } = await startExample(file, env);
  return ended;
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return address.port;
}
