import { JobHeap } from './job-heap.ts';
import type { JobRecord } from './job-record.ts';
import type { JobTerms } from './job-terms.ts';
import { runsBefore } from './run-order.ts';

/** Due jobs alike in priority, ageing and fairness. */
interface RankedLane extends Pick<JobTerms, 'agingMs' | 'isFair'> {
  readonly priority: number;
  readonly jobs: JobHeap;
}

/**
 * The due jobs of one queue that age or take turns. The first of each lane is known, so taking the next costs the same however many wait; it grows
 * with the number of priorities and ageing periods in use.
 */
export class RankedLanes {
  readonly #lanes: RankedLane[] = [];

  push(record: JobRecord, terms: JobTerms): void {
    this.#laneOf(record, terms).jobs.push(record);
  }

  remove(record: JobRecord, terms: JobTerms): void {
    const lane = this.#laneOf(record, terms);
    lane.jobs.remove(record);
    if (lane.jobs.size === 0) this.#lanes.splice(this.#lanes.indexOf(lane), 1);
  }

  /** Whichever runs first of these and another job. */
  firstWith(other: JobRecord | null): JobRecord | null {
    let first = other;
    for (const { jobs } of this.#lanes) {
      if (jobs.head !== undefined && (first === null || runsBefore(jobs.head, first))) first = jobs.head;
    }
    return first;
  }

  /** The earliest turn of the due fair jobs of a priority; `null` when there is none. */
  firstTurn(priority: number): number | null {
    let first: number | null = null;
    for (const lane of this.#lanes) {
      const turn = lane.jobs.head?.terms?.turn;
      if (!lane.isFair || lane.priority !== priority || turn === undefined) continue;
      if (first === null || turn < first) first = turn;
    }
    return first;
  }

  *[Symbol.iterator](): Generator<JobRecord> {
    for (const { jobs } of this.#lanes) yield* jobs;
  }

  #laneOf({ priority }: JobRecord, { agingMs, isFair }: JobTerms): RankedLane {
    let lane = this.#lanes.find(
      (one) => one.priority === priority && one.agingMs === agingMs && one.isFair === isFair,
    );
    if (lane === undefined) {
      lane = { priority, agingMs, isFair, jobs: new JobHeap(runsBefore) };
      this.#lanes.push(lane);
    }
    return lane;
  }
}
