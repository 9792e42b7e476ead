import { JobList } from './job-list.ts';
import type { JobRecord } from './job-record.ts';

/** The due jobs of one queue: a list per priority, highest first. */
interface Lane {
  readonly priority: number;
  readonly jobs: JobList;
}

/**
 * Jobs that are due, by queue and priority. Within one priority they stand in the order in which they became due. Taking the next costs the same
 * however many wait; it grows only with the number of queues looked at and of priorities in use.
 */
export class ReadyJobs {
  readonly #lanesByQueue = new Map<string, Lane[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(record: JobRecord): void {
    this.#laneOf(record).jobs.push(record);
    this.#size++;
  }

  remove(record: JobRecord): void {
    record.list?.remove(record);
    this.#size--;
  }

  /** The job to run next: highest priority, then due first, then created first. */
  peek(queues?: readonly string[]): JobRecord | null {
    if (this.#size === 0) return null;
    let best: JobRecord | null = null;
    for (const queue of queues ?? this.#lanesByQueue.keys()) {
      const head = this.#headOf(queue);
      if (head !== null && (best === null || runsBefore(head, best))) best = head;
    }
    return best;
  }

  #headOf(queue: string): JobRecord | null {
    const lanes = this.#lanesByQueue.get(queue);
    if (lanes === undefined) return null;
    for (const lane of lanes) if (lane.jobs.head !== null) return lane.jobs.head;
    return null;
  }

  #laneOf(record: JobRecord): Lane {
    let lanes = this.#lanesByQueue.get(record.queue);
    if (lanes === undefined) {
      lanes = [];
      this.#lanesByQueue.set(record.queue, lanes);
    }
    const place = lanes.findIndex((lane) => lane.priority <= record.priority);
    const found = lanes[place];
    if (found?.priority === record.priority) return found;
    const lane = { priority: record.priority, jobs: new JobList() };
    lanes.splice(place === -1 ? lanes.length : place, 0, lane);
    return lane;
  }
}

function runsBefore(a: JobRecord, b: JobRecord): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.sequence < b.sequence);
}
