import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { QUEUES_OF, type WorkerName } from './queues.ts';

const PROGRAM = fileURLToPath(new URL('worker.ts', import.meta.url));
/** Milliseconds before one that ended is replaced, so that one that cannot start does not keep the machine busy. */
const RESTART_DELAY = 1_000;

/** The working processes. One that ends by itself is replaced. */
export class WorkerProcesses {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #say: (line: string) => void;
  readonly #running = new Map<WorkerName, ChildProcess>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  #isStopping = false;

  /** @param environment - What the processes are told, beside what this one knows. @param say - Told when one ends that should not. */
  constructor(environment: NodeJS.ProcessEnv, say: (line: string) => void) {
    this.#environment = environment;
    this.#say = say;
  }

  /** Starts them all, and resolves when they work. @throws when one ends before it does. */
  async start(): Promise<void> {
    const names = Object.keys(QUEUES_OF).filter(isWorkerName);
    await Promise.all(names.map(async (name) => untilReady(name, this.#fork(name))));
  }

  /** The ids of the processes, by name. */
  get pids(): Record<string, number | undefined> {
    return Object.fromEntries([...this.#running].map(([name, { pid }]) => [name, pid]));
  }

  /** Lets them finish what they have in hand, and resolves when they have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    await Promise.all(
      [...this.#running.values()].map(async (child) => {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }),
    );
  }

  #fork(name: WorkerName): ChildProcess {
    const child = fork(PROGRAM, { env: { ...process.env, ...this.#environment, WORKER: name } });
    this.#running.set(name, child);
    child.once('exit', (code, signal) => {
      this.#running.delete(name);
      if (this.#isStopping) return;
      this.#say(`The worker "${name}" ended (${signal ?? code}); another one takes its place.`);
      this.#restartSoon(name);
    });
    return child;
  }

  #restartSoon(name: WorkerName): void {
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#fork(name);
    }, RESTART_DELAY);
    this.#restarts.add(timer);
  }
}

function isWorkerName(name: string): name is WorkerName {
  return Object.hasOwn(QUEUES_OF, name);
}

async function untilReady(name: WorkerName, child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit').then(() => {
    throw new Error(`The worker "${name}" did not start.`);
  });
  await Promise.race([once(child, 'message'), ended]);
  // It may end later, and nobody waits for that here.
  ended.catch(() => undefined);
}
