import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewJob } from '@townkrier/queue';
import { QueueManager } from '@townkrier/queue';
import { freshAddress, openQueue, type QueueAddress } from './backends.ts';
import { type ChildProgram, startProgram } from './child-program.ts';
import { readLines } from './line-file.ts';
import type { NoteWord, NotingFault, NotingSettings, StartedMessage } from './noting-program.ts';
import type { Place } from './scenario.ts';

/** Jobs that are added at once. */
const BATCH = 500;

/** A line of a process's notes. */
export interface Note {
  readonly word: NoteWord;
  /** Of the job, where it is about one. */
  readonly jobId: string;
  /** Why it was told to stop, where it was. */
  readonly reason: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** One queue, a manager of it in this process, and processes that work on it and take notes. */
export class NotingFleet {
  /** Runs nothing unless it is told to. */
  readonly queue: QueueManager;
  readonly #folder: string;
  readonly #address: QueueAddress;
  readonly #programs: ChildProgram[] = [];
  readonly #startedCallbacks = new Set<(jobId: string) => void>();

  private constructor(folder: string, address: QueueAddress, queue: QueueManager) {
    this.#folder = folder;
    this.#address = address;
    this.queue = queue;
  }

  static async open({ backend, server }: Place): Promise<NotingFleet> {
    const folder = await mkdtemp(join(tmpdir(), 'townkrier-notes-'));
    const address = freshAddress(backend, folder, server?.url);
    const { adapter } = await openQueue(address);
    return new NotingFleet(folder, address, new QueueManager(adapter));
  }

  /** Starts processes and resolves when they work. @param fault - Planted in the first. */
  async start(count: number, concurrency: number, fault?: NotingFault): Promise<void> {
    for (let i = 0; i < count; i++) this.#startOne(concurrency, i === 0 ? fault : undefined);
    await Promise.all(this.#programs.map(({ ready }) => ready));
  }

  /** Calls back when a handler says that it starts. */
  onStarted(callback: (jobId: string) => void): void {
    this.#startedCallbacks.add(callback);
  }

  async add(count: number, newJob: (n: number) => NewJob): Promise<void> {
    for (let from = 0; from < count; from += BATCH) {
      const size = Math.min(BATCH, count - from);
      await this.queue.adapter.add(Array.from({ length: size }, (_, i) => newJob(from + i)));
    }
  }

  /** Tells all processes, and resolves when each has noted that it was told. */
  async tell(word: 'paused' | 'resuming'): Promise<void> {
    await Promise.all(this.#programs.map((program) => tellOne(program, word)));
  }

  /** The notes of each process, in its order. */
  notes(): Note[][] {
    return this.#programs.map((_, i) => readLines(this.#fileOf(i)).map(toNote));
  }

  async unended(): Promise<number> {
    const { pending, scheduled, processing, retrying } = await this.queue.getStats();
    return pending + scheduled + processing + retrying;
  }

  async close(): Promise<void> {
    for (const { process } of this.#programs) process.kill('SIGKILL');
    await Promise.all(this.#programs.map(({ exited }) => exited));
    await this.queue.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #startOne(concurrency: number, fault: NotingFault | undefined): void {
    const settings: NotingSettings = {
      queue: this.#address,
      concurrency,
      notes: this.#fileOf(this.#programs.length),
      ...(fault !== undefined && { fault }),
    };
    const program = startProgram('./noting-program.ts', settings, join(this.#folder, 'programs.log'));
    program.process.on('message', (message: Partial<StartedMessage>) => {
      const { started } = message;
      if (started !== undefined) for (const callback of this.#startedCallbacks) callback(started);
    });
    this.#programs.push(program);
  }

  #fileOf(program: number): string {
    return join(this.#folder, `notes-${program}`);
  }
}

function tellOne({ process, exited }: ChildProgram, word: 'paused' | 'resuming'): Promise<void> {
  return new Promise((resolve, reject) => {
    process.on('message', function onMessage(message: unknown) {
      if (message !== word) return;
      process.off('message', onMessage);
      resolve();
    });
    void exited.then(() => reject(new Error(`a process ended that was to be told "${word}"`)));
    process.send(word);
  });
}

const WORDS: readonly NoteWord[] = ['started', 'told', 'returned', 'completed', 'knows', 'forgets'];

function toNote(words: readonly string[]): Note {
  const word = WORDS.find((one) => one === words[0]);
  if (word === undefined) throw new Error(`no note begins with "${words[0]}"`);
  const isOfJob = word !== 'knows' && word !== 'forgets';
  return {
    word,
    jobId: isOfJob ? (words[1] ?? '') : '',
    reason: word === 'told' ? words[2] : undefined,
    at: Number(words.at(-1)),
  };
}
