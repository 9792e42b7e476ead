import type { JobStatus } from '../job.ts';
import { CreationIndex } from './creation-index.ts';
import { DueHeap } from './due-heap.ts';
import { JobList } from './job-list.ts';
import type { JobRecord } from './job-record.ts';

/** The due jobs of one priority. */
export interface Lane {
  readonly priority: number;
  readonly jobs: JobList;
}

/** Everything kept about one queue. Its jobs point to it, so that none of the moves in a job's life has to look its queue up. */
export class QueueShelf {
  readonly name: string;
  /** All its jobs, by status, in the order of creation. */
  readonly byStatus: Readonly<Record<JobStatus, CreationIndex<JobRecord>>> = {
    pending: new CreationIndex(),
    scheduled: new CreationIndex(),
    processing: new CreationIndex(),
    retrying: new CreationIndex(),
    completed: new CreationIndex(),
    failed: new CreationIndex(),
    cancelled: new CreationIndex(),
  };
  /** Its due jobs, highest priority first. */
  readonly lanes: Lane[] = [];
  /** Its jobs that are not due yet. */
  readonly delayed = new DueHeap();

  constructor(name: string) {
    this.name = name;
  }

  /** The list for a priority, made when there is none. */
  laneFor(priority: number): JobList {
    const { lanes } = this;
    let place = 0;
    for (; place < lanes.length; place++) {
      const lane = lanes[place];
      if (lane === undefined || lane.priority < priority) break;
      if (lane.priority === priority) return lane.jobs;
    }
    const jobs = new JobList();
    lanes.splice(place, 0, { priority, jobs });
    return jobs;
  }

  /** The first job to run: of the highest priority, the one due first. */
  firstReady(): JobRecord | null {
    for (const lane of this.lanes) if (lane.jobs.head !== null) return lane.jobs.head;
    return null;
  }
}

/** The queues by name, and in the order in which they were first used. */
export class QueueShelves {
  readonly #byName = new Map<string, QueueShelf>();
  readonly #all: QueueShelf[] = [];

  /** The queue of a name, made when there is none. */
  ensure(name: string): QueueShelf {
    let shelf = this.#byName.get(name);
    if (shelf === undefined) {
      shelf = new QueueShelf(name);
      this.#byName.set(name, shelf);
      this.#all.push(shelf);
    }
    return shelf;
  }

  /** The queues of these names that are known, or all. */
  select(names: readonly string[] | undefined): readonly QueueShelf[] {
    if (names === undefined) return this.#all;
    return [...new Set(names)].flatMap((name) => this.#byName.get(name) ?? []);
  }
}
