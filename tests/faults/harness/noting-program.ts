/** A process that works on a queue and notes what happens to its jobs, in the order in which it learns of it. */
import { setTimeout as wait } from 'node:timers/promises';
import { TownKrierError } from '@townkrier/core';
import type { JobContext, JobStore } from '@townkrier/queue';
import { openQueue, type QueueAddress } from './backends.ts';
import { readSettings, sayReady } from './child-program.ts';
import { LineWriter } from './line-file.ts';

/** What such a process is told. */
export interface NotingSettings {
  readonly queue: QueueAddress;
  readonly concurrency: number;
  /** Where its notes go; see {@link NoteWord}. */
  readonly notes: string;
  /** A fault that a test must find. */
  readonly fault?: NotingFault;
}

/** `knows no pauses`: starts jobs of queues that pause. `hears no cancels`: its handlers' signals say nothing. `takes all for stored`: announces ends that the store refused. */
export type NotingFault = 'knows no pauses' | 'hears no cancels' | 'takes all for stored';

/**
 * What a line of the notes begins with. A job's id and the moment follow; after `told` comes the reason, too. `knows` and `forgets` stand around the time in which it has to know
 * that its queue pauses.
 */
export type NoteWord = 'started' | 'told' | 'returned' | 'completed' | 'knows' | 'forgets';

/** What it says when a job starts. */
export interface StartedMessage {
  readonly started: string;
}

/** Milliseconds. */
const POLL_INTERVAL = 200;

const { queue, concurrency, notes, fault } = readSettings<NotingSettings>();
const { adapter, store } = await openQueue(queue, { pollInterval: POLL_INTERVAL });
const lines = new LineWriter(notes);
const note = (word: NoteWord, ...words: readonly string[]): void => lines.write(word, ...words, Date.now());
plant(store, fault);
adapter.on('job:completed', ({ jobId }) => note('completed', jobId));
adapter.work(run, { queues: ['default'], concurrency });

process.on('message', async (word: 'paused' | 'resuming') => {
  // On its own clock: a process that was not let run for a while has not had the time to learn of it.
  if (word === 'paused') await wait(2 * POLL_INTERVAL);
  note(word === 'paused' ? 'knows' : 'forgets');
  process.send?.(word);
});
sayReady();

/** Jobs say how many milliseconds they take; those of none go on until they are told to stop. */
async function run({ job, signal }: JobContext): Promise<undefined> {
  note('started', job.id);
  const isTold = new Promise<void>((resolve) => {
    if (fault === 'hears no cancels') return;
    signal.addEventListener('abort', () => {
      note('told', job.id, TownKrierError.is(signal.reason) ? signal.reason.code : 'UNKNOWN');
      resolve();
    });
  });
  process.send?.({ started: job.id } satisfies StartedMessage);
  await (typeof job.payload === 'number' ? wait(job.payload) : isTold);
  note('returned', job.id);
  return undefined;
}

function plant(target: JobStore, planted: NotingFault | undefined): void {
  if (planted === 'knows no pauses' && target.shared !== undefined) target.shared.list = async () => [];
  if (planted === 'takes all for stored') {
    const settle = target.settle.bind(target);
    target.settle = async (settlements) => (await settle(settlements)).map(() => 'stored');
  }
}
