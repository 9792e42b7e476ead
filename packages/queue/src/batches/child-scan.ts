import type { QueueJob } from '../job.ts';
import type { QueueAdapter } from '../queue-adapter.ts';
import { childId } from './batch-jobs.ts';
import type { BatchCounts } from './batch-outcome.ts';

/** Jobs that are read at once. */
const READS_AT_ONCE = 20;

/** Which jobs of which batch, and where they are. */
export interface ChildSource {
  readonly adapter: Pick<QueueAdapter, 'getJob'>;
  readonly id: string;
  readonly total: number;
}

/**
 * Follows the jobs of a batch to their ends. It stops at the first that has not ended and goes on from there when it is asked again, so that all its looks together read each job
 * about once, whatever their number.
 */
export class ChildScan {
  readonly #source: ChildSource;
  /** Places of those whose end was not seen yet. */
  #open: readonly number[];
  /** Places of those that failed or were cancelled: somebody may start them again. */
  #unsuccessful: number[] = [];
  readonly #counts = newCounts();

  constructor(source: ChildSource) {
    this.#source = source;
    this.#open = placesOf(source.total);
  }

  /** How all jobs ended, or `null` while one has not. */
  async look(): Promise<BatchCounts | null> {
    if (!(await this.#follow())) return null;
    this.#open = this.#unsuccessful;
    this.#unsuccessful = [];
    this.#counts.failed = 0;
    this.#counts.cancelled = 0;
    return (await this.#follow()) ? { ...this.#counts } : null;
  }

  async #follow(): Promise<boolean> {
    while (this.#open.length > 0) {
      const places = this.#open.slice(0, READS_AT_ONCE);
      const jobs = await readChildren(this.#source, places);
      const left = places.filter((place, i) => !this.#note(place, jobs[i] ?? null));
      this.#open = [...left, ...this.#open.slice(places.length)];
      if (left.length > 0) return false;
    }
    return true;
  }

  /** @returns whether it has ended. */
  #note(place: number, job: QueueJob | null): boolean {
    const end = endOf(job);
    if (end === null) return false;
    this.#counts[end]++;
    if (end === 'failed' || end === 'cancelled') this.#unsuccessful.push(place);
    return true;
  }
}

/** How the jobs of a batch that have ended did. Reads every one. */
export async function countChildren(source: ChildSource): Promise<BatchCounts> {
  const counts = newCounts();
  for (let from = 0; from < source.total; from += READS_AT_ONCE) {
    const places = placesOf(Math.min(READS_AT_ONCE, source.total - from)).map((place) => from + place);
    for (const job of await readChildren(source, places)) {
      const end = endOf(job);
      if (end !== null) counts[end]++;
    }
  }
  return counts;
}

function readChildren(
  { adapter, id }: ChildSource,
  places: readonly number[],
): Promise<readonly (QueueJob | null)[]> {
  return Promise.all(places.map((place) => adapter.getJob(childId(id, place))));
}

/** What a job counts as; `null` while it has not ended. */
function endOf(job: QueueJob | null): keyof BatchCounts | null {
  if (job === null) return 'forgotten';
  const { status } = job;
  return status === 'completed' || status === 'failed' || status === 'cancelled' ? status : null;
}

function newCounts() {
  return { completed: 0, failed: 0, cancelled: 0, forgotten: 0 };
}

function placesOf(total: number): readonly number[] {
  return Array.from({ length: total }, (_, place) => place);
}
