import { join } from 'node:path';
import type { AppOptions } from './app.ts';
import type { QueueAddress, QueueOptions } from './backends.ts';
import { type Exit, startProgram } from './child-program.ts';
import type { FailPoint } from './fail-points.ts';
import { readLines } from './line-file.ts';

/** What a worker process is told. */
export interface WorkerSettings {
  readonly queue: QueueAddress;
  readonly options: QueueOptions;
  readonly app: Omit<AppOptions, 'onPoint'>;
  readonly concurrency: number;
  /** The file it writes what its handlers do to. */
  readonly runLog: string;
  /** Where it dies. */
  readonly failAt?: FailPoint;
  /** Every job whose number is a multiple of this kills it. */
  readonly poisonEvery?: number;
  /** When it is sent SIGUSR2, its event loop blocks until there is this file. */
  readonly blockUntil?: string;
  /** A fault that the checker must find. */
  readonly fault?: 'loses jobs' | 'runs jobs twice' | undefined;
}

/** One call of a handler. */
export interface Run {
  readonly jobId: string;
  readonly worker: string;
  /** What the queue made of it; `null` when its worker never heard: it died first, or is still at it. */
  readonly outcome: 'completed' | 'failed' | 'retrying' | 'released' | 'late' | null;
  /** Whether its worker ended without finishing: killed, or by its own exit. */
  readonly wasKilled: boolean;
}

/** A worker process. */
export interface WorkerProcess {
  readonly name: string;
  readonly settings: WorkerSettings;
  readonly pid: number;
  readonly ready: Promise<unknown>;
  readonly exited: Promise<Exit>;
  /** How it ended; `null` while it lives. */
  exit(): Exit | null;
  signal(signal: NodeJS.Signals): void;
  /** The calls of its handlers so far. */
  runs(): readonly Run[];
  /** What it noted besides: `error` (one it survived), `stopping` (the first signal came), `block` (it blocks its event loop now). */
  notes(what: 'error' | 'stopping' | 'block'): readonly string[];
}

/** Starts a worker process whose files are in a folder. */
export function startWorker(
  folder: string,
  name: string,
  settings: Omit<WorkerSettings, 'runLog'>,
): WorkerProcess {
  const runLog = join(folder, `${name}.runs`);
  const all = { ...settings, runLog };
  const program = startProgram('./worker-program.ts', all, join(folder, `${name}.log`));
  let exit: Exit | null = null;
  void program.exited.then((how) => {
    exit = how;
  });
  return {
    name,
    settings: all,
    pid: program.process.pid ?? 0,
    ready: program.ready,
    exited: program.exited,
    exit: () => exit,
    signal: (signal) => void program.process.kill(signal),
    runs: () => toRuns(name, readLines(runLog), exit !== null && exit.code !== 0),
    notes: (what) =>
      readLines(runLog).flatMap(([first, ...rest]) => (first === what ? [rest.join(' ')] : [])),
  };
}

/**
 * Reads a run log: a handler's start, and later what the queue made of it. Where a job has started again in the same worker before that was heard, it is of the
 * earlier start.
 */
export function toRuns(worker: string, lines: readonly (readonly string[])[], wasKilled: boolean): Run[] {
  const runs: Run[] = [];
  const open = new Map<string, number[]>();
  for (const [what, jobId = ''] of lines) {
    if (what === 'start') {
      const starts = open.get(jobId) ?? [];
      starts.push(runs.push({ jobId, worker, outcome: null, wasKilled }) - 1);
      open.set(jobId, starts);
      continue;
    }
    // A worker also hears of jobs that it took back from others; those are no runs of its own.
    const index = isOutcome(what) ? open.get(jobId)?.shift() : undefined;
    const run = index === undefined ? undefined : runs[index];
    if (index !== undefined && run !== undefined && isOutcome(what)) runs[index] = { ...run, outcome: what };
  }
  return runs;
}

function isOutcome(what: string | undefined): what is NonNullable<Run['outcome']> {
  return ['completed', 'failed', 'retrying', 'released', 'late'].includes(what ?? '');
}
