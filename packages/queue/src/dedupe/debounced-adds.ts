import { z } from 'zod';
import { QueueError, QueueErrorCode } from '../errors.ts';
import type { QueueJob } from '../job.ts';
import { createJobId } from '../job-id.ts';
import type { SharedState } from '../job-store.ts';
import { changeShared } from '../policy/change-shared.ts';
import type { NewJob, QueueAdapter } from '../queue-adapter.ts';
import { addOne } from './add-one.ts';
import type { UniqueAdd } from './add-result.ts';
import type { DedupeDebounce } from './dedupe.ts';
import { KeyedTurns } from './keyed-turns.ts';

/** Adds that follow each other before the job is due. */
const seriesSchema = z.object({
  /** The jobs that may wait, or may yet be stored, the newest last: all but that one are to be removed. */
  ids: z.array(z.string()),
  /** When the first add came. No two series of a key have the same. */
  since: z.number(),
  /** When the newest job is due. From then on it counts as started. */
  until: z.number(),
});
type Series = z.output<typeof seriesSchema>;

/** An add to a debounced job. */
export interface DebouncedAdd {
  /** Of the shared entry. */
  readonly name: string;
  readonly dedupe: DedupeDebounce;
  readonly now: number;
  /** Makes the job, for the moment it is due. */
  readonly build: (scheduledFor: Date) => NewJob;
}

/**
 * Puts jobs off by storing a new one and removing the one that waited, in this order, with both named in an entry that all processes share before either is done. A process that dies
 * between two of these steps loses nothing: the job before still waits, or both do, and the next add removes what is left over.
 *
 * Adds of one key take turns within a process, and race only with those of others.
 */
export class DebouncedAdds {
  readonly #adapter: QueueAdapter;
  readonly #shared: SharedState;
  readonly #turns = new KeyedTurns();

  constructor(adapter: QueueAdapter, shared: SharedState) {
    this.#adapter = adapter;
    this.#shared = shared;
  }

  add(add: DebouncedAdd): Promise<UniqueAdd> {
    return this.#turns.run(add.name, () => this.#add(add));
  }

  async #add(add: DebouncedAdd): Promise<UniqueAdd> {
    const { name, build } = add;
    const id = createJobId();
    const { since, until, ids } = await this.#join(add, id);
    const older = ids.filter((one) => one !== id);
    const job = await addOne(this.#adapter, { ...build(new Date(until)), id });
    const { removed, seen } = await this.#removeWaiting(older);
    const outcome = removed.length > 0 ? 'replaced' : 'added';
    const newest = await this.#strike(name, since, seen);
    // Somebody came after this one, and may have looked for it before it was stored: then each of the two sees the other, once both are.
    const isOvertaken = newest !== null && newest !== id && (await this.#adapter.getJob(newest)) !== null;
    if (!isOvertaken) return { job, outcome, replaced: removed };
    const own = await this.#removeWaiting([id]);
    await this.#strike(name, since, own.seen);
    return { job, outcome, replaced: [...removed, ...own.removed] };
  }

  /** Names the new job as the newest of its series, or of one that begins. */
  #join({ name, dedupe, now }: DebouncedAdd, id: string): Promise<Series> {
    const { debounce, maxWait = Number.POSITIVE_INFINITY } = dedupe;
    return changeShared<Series>(this.#shared, name, (value) => {
      const series = toSeries(value);
      const next =
        series === null || now >= series.until
          ? { ids: [id], since: now, until: now + Math.min(debounce, maxWait) }
          : { ...series, ids: [...series.ids, id], until: Math.min(now + debounce, series.since + maxWait) };
      return { value: next, result: next };
    });
  }

  /** Takes jobs off the entry. Never one that was not seen: it may yet be stored, and whoever comes next has to look for it again. @returns the newest, or `null` when the series is over. */
  #strike(name: string, since: number, seen: readonly string[]): Promise<string | null> {
    return changeShared<string | null>(this.#shared, name, (value) => {
      const series = toSeries(value);
      if (series === null || series.since !== since) return { value: undefined, result: null };
      const newest = series.ids.at(-1) ?? null;
      const ids = series.ids.filter((id) => id === newest || !seen.includes(id));
      const isSame = ids.length === series.ids.length;
      return { value: isSame ? undefined : { ...series, ids }, result: newest };
    });
  }

  /** Deletes those of the jobs that have not started. @returns these, and the ids of all that were found. */
  async #removeWaiting(ids: readonly string[]) {
    const removed: QueueJob[] = [];
    const seen: string[] = [];
    for (const id of ids) {
      const job = await this.#adapter.getJob(id);
      if (job === null) continue;
      seen.push(id);
      if (isUntouched(job) && (await this.#delete(id))) removed.push(job);
    }
    return { removed, seen };
  }

  async #delete(id: string): Promise<boolean> {
    try {
      await this.#adapter.deleteJob(id);
      return true;
    } catch (error) {
      // It started just now, or somebody else removed it.
      if (QueueError.is(error, QueueErrorCode.QUEUE_JOB_STATE)) return false;
      if (QueueError.is(error, QueueErrorCode.QUEUE_JOB_NOT_FOUND)) return false;
      throw error;
    }
  }
}

function isUntouched({ status, attemptLog }: QueueJob): boolean {
  return (status === 'scheduled' || status === 'pending') && attemptLog.length === 0;
}

/** `null` also for what this version cannot read. */
function toSeries(value: unknown): Series | null {
  return seriesSchema.safeParse(value).data ?? null;
}
