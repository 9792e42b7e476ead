import type { JobStatus } from '../job.ts';
import type { QueueSelection } from '../job-store.ts';
import { CreationIndex } from './creation-index.ts';
import { FairTurns } from './fair-turns.ts';
import { JobHeap } from './job-heap.ts';
import { JobList } from './job-list.ts';
import type { JobRecord } from './job-record.ts';
import { RankedLanes } from './ranked-lanes.ts';
import { runsBefore } from './run-order.ts';

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
  /** Its due jobs that neither age nor take turns, highest priority first. */
  readonly lanes: Lane[] = [];
  /** Its other due jobs. */
  readonly ranked = new RankedLanes();
  /** Its jobs that are not due yet, the next due first; of two due at the same moment the older one. */
  readonly delayed = new JobHeap(isDueBefore);
  /** The turns that its pending fair jobs have. */
  readonly turns = new FairTurns();

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

  /** The first job to run. */
  firstReady(): JobRecord | null {
    for (const lane of this.lanes) if (lane.jobs.head !== null) return this.ranked.firstWith(lane.jobs.head);
    return this.ranked.firstWith(null);
  }

  /** How many due jobs run before one of them. Looks at each. */
  countBefore(record: JobRecord): number {
    let count = 0;
    for (const { jobs } of this.lanes) {
      for (let one = jobs.head; one !== null && runsBefore(one, record); one = one.next) count++;
    }
    for (const one of this.ranked) if (runsBefore(one, record)) count++;
    return count;
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

  /** The queues that are known of those asked for. */
  select({ queues, exceptQueues = [] }: QueueSelection = {}): readonly QueueShelf[] {
    const named =
      queues === undefined ? this.#all : [...new Set(queues)].flatMap((name) => this.#byName.get(name) ?? []);
    return exceptQueues.length === 0 ? named : named.filter(({ name }) => !exceptQueues.includes(name));
  }
}

function isDueBefore(a: JobRecord, b: JobRecord): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.sequence < b.sequence);
}
