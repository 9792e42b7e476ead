import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a program ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Programs that run now; they end with this process, whatever ends it. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A program of this folder that runs as a process of its own. */
export interface ChildProgram {
  readonly process: ChildProcess;
  /** Resolves when it has ended, whoever ended it. */
  readonly exited: Promise<Exit>;
  /** What it said it is ready with. @throws when it ended before it was. */
  readonly ready: Promise<unknown>;
}

/**
 * Starts a program from its TypeScript source, with its settings as JSON. It says that it is ready by its first IPC message, and ends with this process.
 *
 * @param log - Where its output goes: an uncaught error is found there.
 */
export function startProgram(file: string, settings: unknown, log: string): ChildProgram {
  const output = openSync(log, 'a');
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(
    process.execPath,
    ['--conditions=@townkrier/source', '--no-warnings', path, JSON.stringify(settings)],
    {
      stdio: ['ignore', output, output, 'ipc'],
      // Compiled sources are kept between starts: a run starts this program a thousand times.
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: join(
          fileURLToPath(new URL('../node_modules', import.meta.url)),
          '.cache/compiled',
        ),
      },
    },
  );
  running.add(child);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  const ready = new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve);
    void exited.then(({ code, signal }) =>
      reject(new Error(`${file} ended early (${signal ?? code}); see ${log}`)),
    );
  });
  // Whoever kills a program before it is ready does not want to hear about it.
  ready.catch(() => undefined);
  return { process: child, exited, ready };
}

/** For programs: the settings they were started with. */
export function readSettings<Settings>(): Settings {
  // Only `startProgram` starts them, with what they ask for.
  return JSON.parse(process.argv[2] ?? '{}');
}

/** For programs: tells the parent. A program whose parent is gone ends. */
export function sayReady(message: unknown = {}): void {
  process.once('disconnect', () => process.exit(1));
  process.send?.(message);
}
