import type { JobStatus } from '@townkrier/queue';
import type { JobCount } from './job-counts.ts';

/** Changes of the counts, gathered while jobs are changed one by one. */
export class CountChanges {
  readonly #byPlace = new Map<string, { queue: string; status: JobStatus; n: number }>();

  add(queue: string, status: JobStatus, by: number): void {
    const place = `${status} ${queue}`;
    const change = this.#byPlace.get(place);
    if (change === undefined) this.#byPlace.set(place, { queue, status, n: by });
    else change.n += by;
  }

  move(queue: string, from: JobStatus, to: JobStatus): void {
    if (from === to) return;
    this.add(queue, from, -1);
    this.add(queue, to, 1);
  }

  get all(): readonly JobCount[] {
    return [...this.#byPlace.values()];
  }
}
