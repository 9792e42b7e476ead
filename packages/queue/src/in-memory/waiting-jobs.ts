import { DelayedJobs } from './delayed-jobs.ts';
import { changeStatus } from './job-index.ts';
import type { JobRecord } from './job-record.ts';
import type { QueueShelf } from './queue-shelf.ts';
import { ReadyJobs } from './ready-jobs.ts';

/** The jobs that wait: those that are ready, in the order in which they run, and those that are not due yet. */
export class WaitingJobs {
  readonly #ready = new ReadyJobs();
  readonly #delayed = new DelayedJobs();

  /** Takes in a new job. */
  add(record: JobRecord): void {
    if (record.status === 'pending') this.#ready.pushNew(record);
    else this.#delayed.push(record);
  }

  /** Takes in a job that waits again: a fair one had its turn, and comes when it is due. */
  addAgain(record: JobRecord): void {
    if (record.status === 'pending') this.#ready.push(record);
    else this.#delayed.push(record);
  }

  /** Takes out a job, whose status is still the one it waits with. */
  remove(record: JobRecord): void {
    if (record.status === 'pending') this.#ready.remove(record);
    else this.#delayed.remove(record);
  }

  /** Lets those that are due become ready. */
  catchUp(now: number, shelves: readonly QueueShelf[]): void {
    this.#delayed.takeDue(now, shelves, this.#becomeReady);
  }

  /** The job of these queues to run next. */
  peek(shelves: readonly QueueShelf[]): JobRecord | null {
    return this.#ready.peek(shelves);
  }

  /** When the next job of these queues that is not ready is due; `null` when none waits. */
  nextDueAt(shelves: readonly QueueShelf[]): number | null {
    return this.#delayed.nextDueAt(shelves);
  }

  readonly #becomeReady = (record: JobRecord): void => {
    const isNew = record.status === 'scheduled';
    changeStatus(record, 'pending');
    if (isNew) this.#ready.pushNew(record);
    else this.#ready.push(record);
  };
}
