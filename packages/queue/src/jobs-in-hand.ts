import type { RunningJob } from './running-job.ts';

/**
 * The jobs a worker runs, in no order; each knows its place, so that any can go at once.
 *
 * Not a `Set`: one that fills and empties all the time is rebuilt again and again, and each table that V8 leaves behind refers to the next one and to
 * the jobs it had. Once the first is in the old generation, that chain carries every job there, which cost more than running them.
 */
export class JobsInHand {
  readonly #jobs: RunningJob[] = [];

  get size(): number {
    return this.#jobs.length;
  }

  add(running: RunningJob): void {
    running.place = this.#jobs.push(running) - 1;
  }

  /** Lets go of a job; one that is not in hand is none of its business. */
  delete(running: RunningJob): void {
    const { place } = running;
    if (place < 0) return;
    running.place = -1;
    const last = this.#jobs.pop();
    if (last === undefined || last === running) return;
    this.#jobs[place] = last;
    last.place = place;
  }

  find(jobId: string): RunningJob | undefined {
    return this.#jobs.find((running) => running.fence.jobId === jobId);
  }

  /** Those there are now; they may go while it is walked. */
  all(): readonly RunningJob[] {
    return [...this.#jobs];
  }
}
