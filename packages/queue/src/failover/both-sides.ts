import type { QueueJob } from '../job.ts';
import { resolveJobSearch } from '../job-search.ts';
import type { JobFilters, JobPage, QueueAdapter, QueueCapabilities, QueueStats } from '../queue-adapter.ts';
import type { Sides } from './failover-events.ts';
import type { FailoverSwitch } from './failover-switch.ts';
import { isAway } from './is-away.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import { pageOfBoth } from './page-of-both.ts';
import { type PrimaryCalls, unavailable } from './primary-calls.ts';

/** What {@link BothSides} works with. */
export interface BothSidesParts {
  readonly sides: Sides;
  readonly capabilities: QueueCapabilities;
  readonly calls: PrimaryCalls;
  readonly switch: FailoverSwitch;
  /** Held while a job of the fallback is changed, so that it does not move meanwhile. */
  readonly turns: OneAtATime;
  /** Milliseconds the primary may take. */
  readonly callTimeout: number;
}

/**
 * Reads the jobs of both sides as one, and changes each where it is.
 *
 * The fallback is always asked first: jobs move from there to the primary only, so that none is missed on its way. The primary is not asked while it is
 * known to be away.
 */
export class BothSides {
  readonly #parts: BothSidesParts;

  constructor(parts: BothSidesParts) {
    this.#parts = parts;
  }

  /** @throws {QueueError} `QUEUE_UNAVAILABLE` when the fallback has no such job and the primary, which may have it, is away. */
  async getJob(id: string): Promise<QueueJob | null> {
    const inFallback = await this.#parts.sides.fallback.getJob(id);
    try {
      return (await this.ask((primary) => primary.getJob(id))) ?? inFallback;
    } catch (error) {
      if (inFallback === null || !isAway(error)) throw error;
      return inFallback;
    }
  }

  async findJobs(filters: JobFilters): Promise<JobPage> {
    const { sides, capabilities } = this.#parts;
    const search = resolveJobSearch(filters, capabilities);
    try {
      return await pageOfBoth(
        (range) => this.ask((primary) => primary.findJobs(range)),
        (range) => sides.fallback.findJobs(range),
        search,
      );
    } catch (error) {
      if (!isAway(error)) throw error;
      return sides.fallback.findJobs(search);
    }
  }

  async getStats(queue?: string): Promise<QueueStats> {
    const inFallback = await this.#parts.sides.fallback.getStats(queue);
    try {
      return sumOf(await this.ask((primary) => primary.getStats(queue)), inFallback);
    } catch (error) {
      if (!isAway(error)) throw error;
      return inFallback;
    }
  }

  async countAhead(id: string): Promise<number | null> {
    const { fallback } = this.#parts.sides;
    if ((await fallback.getJob(id)) !== null) return (await fallback.countAhead?.(id)) ?? null;
    return this.ask(async (primary) => (await primary.countAhead?.(id)) ?? null);
  }

  /** Changes a job on the side that has it. */
  async change<Result>(id: string, command: (side: QueueAdapter) => Promise<Result>): Promise<Result> {
    const { sides, turns } = this.#parts;
    const done = await turns.run(async () => {
      if ((await sides.fallback.getJob(id)) === null) return undefined;
      return { result: await command(sides.fallback) };
    });
    return done === undefined ? this.ask(command) : done.result;
  }

  /** Asks the primary. @throws {QueueError} `QUEUE_UNAVAILABLE` when it is away or does not answer in time. */
  async ask<Answer>(call: (primary: QueueAdapter) => Promise<Answer>): Promise<Answer> {
    const { sides, calls, callTimeout } = this.#parts;
    await this.#parts.switch.started;
    if (this.#parts.switch.isDown) throw unavailable(this.#parts.switch.lastError?.message);
    try {
      const answer = await calls.ask(() => call(sides.primary), callTimeout);
      this.#parts.switch.noteAnswer();
      return answer;
    } catch (error) {
      if (!isAway(error)) throw error;
      this.#parts.switch.noteMiss(error);
      throw unavailable(error);
    }
  }
}

function sumOf(one: QueueStats, other: QueueStats): QueueStats {
  return {
    pending: one.pending + other.pending,
    scheduled: one.scheduled + other.scheduled,
    processing: one.processing + other.processing,
    retrying: one.retrying + other.retrying,
    completed: one.completed + other.completed,
    failed: one.failed + other.failed,
    cancelled: one.cancelled + other.cancelled,
  };
}
