import { parseOptions, TownKrierError } from '@townkrier/core';
import { z } from 'zod';
import { Confirmations } from '../confirmations.ts';
import { QueueErrorCode } from '../errors.ts';
import type { QueueJob } from '../job.ts';
import type { QueueAdapter } from '../queue-adapter.ts';
import { type DeadLetter, toDeadLetter } from './dead-letter.ts';
import { type DeadLetterSelection, resolveSelection, selectionShape } from './dead-letter-selection.ts';
import {
  type DeadLettersOptions,
  type ResolvedDeadLettersOptions,
  resolveDeadLettersOptions,
} from './dead-letters-options.ts';
import { type FailureGroup, FailureGroups } from './failure-groups.ts';
import { inBatches } from './in-batches.ts';
import type { JobFailure } from './job-failure.ts';
import { type DeadLetterReplayOptions, isOvertaken, Replayer, requireFailed } from './replayer.ts';
import { visitFailedJobs } from './visit-failed-jobs.ts';

/** Which page of the dead letters. */
export interface DeadLetterSearch extends DeadLetterSelection {
  /** Page size, 1 to 1000. @default 50 */
  readonly limit?: number | undefined;
  /** Dead letters to pass over. @default 0 */
  readonly offset?: number | undefined;
  /** Newest or oldest first, by the creation of the job. @default 'desc' */
  readonly order?: 'asc' | 'desc' | undefined;
}

/** A page of dead letters. */
export interface DeadLetterPage {
  readonly deadLetters: readonly DeadLetter[];
  /** How many there are in all. */
  readonly total: number;
  /** Whether there are more than `total`: a search that looks at each one counts 10,000 at most. */
  readonly isCut: boolean;
}

/** What went wrong, and how often. */
export interface FailureGroupList {
  /** The largest first. */
  readonly groups: readonly FailureGroup[];
  /** Whether there are more dead letters than the newest 10,000, which were looked at. */
  readonly isCut: boolean;
}

/** What became of one of many dead letters. */
export interface ReplayResult {
  readonly jobId: string;
  readonly outcome: 'replayed' | 'refused';
  /** Why it was refused: `QUEUE_JOB_NOT_FOUND`, `QUEUE_JOB_STATE` or `QUEUE_REPLAY_LIMIT`. */
  readonly code: string | null;
  /** The job that runs now: the same, or with `asNew` another. */
  readonly startedJobId: string | null;
}

/** What became of all dead letters of a selection. */
export interface ReplayAllResult {
  readonly results: readonly ReplayResult[];
  /** Whether there are more than the 10,000 that were gone through. */
  readonly isCut: boolean;
}

/** What a clear would delete. */
export interface ClearConfirmation {
  /** For `clear`. Good once, until `expiresAt`, and only where it was made. */
  readonly token: string;
  readonly count: number;
  /** Whether there are more than the 10,000 that this clear deletes. */
  readonly isCut: boolean;
  readonly expiresAt: Date;
}

/** What a clear did. */
export interface ClearResult {
  readonly deleted: number;
  /** Those that were started again, or deleted, since they were counted. */
  readonly passedOver: number;
}

const searchSchema = z.strictObject({
  ...selectionShape,
  limit: z.int().min(1).max(1000).default(50),
  offset: z.int().min(0).default(0),
  order: z.enum(['asc', 'desc']).default('desc'),
});

const replayOptionsSchema = z.strictObject({
  payload: z.json().optional(),
  asNew: z.boolean().optional(),
});

/**
 * The jobs that failed for good, for an operator: what went wrong, and once that is mended, start them again, or let them go. It keeps nothing itself: a
 * dead letter is a failed job of the adapter, and is kept as long as that keeps failed jobs.
 *
 * Any number of operators, in any number of processes, may work with it at once: each failure is started again once.
 *
 * @example
 * const deadLetters = new DeadLetters(adapter);
 * const { groups } = await deadLetters.groups();
 * await deadLetters.replayAll({ group: groups[0]?.id });
 */
export class DeadLetters {
  readonly #adapter: QueueAdapter;
  readonly #options: ResolvedDeadLettersOptions;
  readonly #replayer: Replayer;
  readonly #confirmations: Confirmations<readonly JobFailure[]>;

  /**
   * @param adapter - Stays the caller's to close.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option.
   */
  constructor(adapter: QueueAdapter, options: DeadLettersOptions = {}) {
    this.#adapter = adapter;
    this.#options = resolveDeadLettersOptions(options);
    this.#replayer = new Replayer(adapter, this.#options);
    this.#confirmations = new Confirmations(this.#options.clock, 'confirmClear');
  }

  /**
   * A page of dead letters, newest first unless asked otherwise. By `group`, `isReplayable` or what the adapter cannot filter by, it costs a look at every dead letter that the
   * other conditions leave.
   *
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown condition.
   */
  async list(search: DeadLetterSearch = {}): Promise<DeadLetterPage> {
    const { limit, offset, order, ...selection } = parseOptions(searchSchema, search, 'list');
    const { filters, matches } = this.#resolve(selection, 'list');
    if (matches === null) {
      const { jobs, total } = await this.#adapter.findJobs({ ...filters, limit, offset, order });
      return { deadLetters: jobs.map(this.#toDeadLetter), total, isCut: false };
    }
    const deadLetters: DeadLetter[] = [];
    let total = 0;
    const isCut = await visitFailedJobs(this.#adapter, { filters, matches, order }, (job) => {
      if (total >= offset && deadLetters.length < limit) deadLetters.push(this.#toDeadLetter(job));
      total += 1;
    });
    return { deadLetters, total, isCut };
  }

  /**
   * The newest 10,000 dead letters by what went wrong with them.
   * @throws as {@link DeadLetters.list}.
   */
  async groups(selection: DeadLetterSelection = {}): Promise<FailureGroupList> {
    const groups = new FailureGroups();
    const visit = { ...this.#resolve(selection, 'groups'), order: 'desc' as const };
    const isCut = await visitFailedJobs(this.#adapter, visit, (job) => groups.add(job));
    return { groups: groups.list(), isCut };
  }

  /** The dead letter, or `null`: no such job is kept, or it did not fail. */
  async get(jobId: string): Promise<DeadLetter | null> {
    const job = await this.#adapter.getJob(jobId);
    return job?.status === 'failed' ? this.#toDeadLetter(job) : null;
  }

  /**
   * Starts a dead letter again: `pending`, with its retries as new. Idempotency keys stay, and what a notification has sent is not sent again.
   *
   * Of two calls at once one is refused. With `asNew`, a new job without the old one's own idempotency key is stored, then the dead letter is deleted; a crash
   * between the two leaves both, and the same call made again finishes it. Asked for at the very moment at which somebody else replays the same dead letter
   * without it, both may run.
   *
   * @returns the job that runs now.
   * @throws {QueueError} `QUEUE_JOB_NOT_FOUND`; `QUEUE_JOB_STATE` when it did not fail, or somebody started it first; `QUEUE_REPLAY_LIMIT`;
   * `QUEUE_PAYLOAD_INVALID`, `QUEUE_PAYLOAD_TOO_LARGE` and `QUEUE_PAYLOAD_NOT_EDITABLE` for a new payload. Nothing is changed then.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong option.
   */
  async replay(jobId: string, options: DeadLetterReplayOptions = {}): Promise<QueueJob> {
    return this.#replayer.replay(jobId, parseOptions(replayOptionsSchema, options, 'replay'));
  }

  /**
   * Starts many dead letters again, some at a time; each once, however often it is named.
   *
   * @returns what became of each, in the order given.
   * @throws {QueueError} `QUEUE_UNAVAILABLE` and others that concern all; some may have been started by then.
   */
  async replayMany(
    jobIds: readonly string[],
    options: Pick<DeadLetterReplayOptions, 'asNew'> = {},
  ): Promise<readonly ReplayResult[]> {
    const { asNew } = parseOptions(replayOptionsSchema.omit({ payload: true }), options, 'replayMany');
    return inBatches([...new Set(jobIds)], (jobId) => this.#replayOne({ jobId }, { asNew }));
  }

  /**
   * Starts all dead letters of a selection again, the oldest 10,000 of them at most: those that are dead letters now. One that fails again meanwhile is not
   * started twice. Those that reached their limit are refused, and are in front again next time; `isReplayable: true` leaves them out.
   *
   * @throws as {@link DeadLetters.list} and {@link DeadLetters.replayMany}.
   */
  async replayAll(
    selection: DeadLetterSelection = {},
    options: Pick<DeadLetterReplayOptions, 'asNew'> = {},
  ): Promise<ReplayAllResult> {
    const { asNew } = parseOptions(replayOptionsSchema.omit({ payload: true }), options, 'replayAll');
    const { failures, isCut } = await this.#failuresOf(selection, 'replayAll');
    const results = await inBatches(failures, (failure) => this.#replayOne(failure, { asNew }));
    return { results, isCut };
  }

  /**
   * Forgets a dead letter.
   * @throws {QueueError} `QUEUE_JOB_NOT_FOUND`; `QUEUE_JOB_STATE` when it did not fail.
   */
  async delete(jobId: string): Promise<void> {
    requireFailed(await this.#adapter.getJob(jobId), jobId);
    await this.#adapter.deleteJob(jobId);
  }

  /**
   * The first step of a clear: counts what it would delete, the oldest 10,000 of a selection at most. Deletes nothing.
   * @throws as {@link DeadLetters.list}.
   */
  async confirmClear(selection: DeadLetterSelection = {}): Promise<ClearConfirmation> {
    const { failures, isCut } = await this.#failuresOf(selection, 'confirmClear');
    return { ...this.#confirmations.add(failures), count: failures.length, isCut };
  }

  /**
   * The second step: deletes what was counted, and nothing that became a dead letter since, be it by failing again.
   *
   * @param token - From `confirmClear` of the same object, at most a minute ago. Used up by the call, whatever comes of it.
   * @throws {QueueError} `QUEUE_CONFIRMATION_INVALID`; `QUEUE_UNAVAILABLE`, when some may have been deleted.
   */
  async clear(token: string): Promise<ClearResult> {
    const failures = this.#confirmations.take(token);
    const wereDeleted = await inBatches(failures, (failure) => this.#deleteOne(failure));
    const deleted = wereDeleted.filter(Boolean).length;
    return { deleted, passedOver: failures.length - deleted };
  }

  #resolve(selection: DeadLetterSelection, what: string) {
    return resolveSelection(
      selection,
      { maxReplays: this.#options.maxReplays, capabilities: this.#adapter.capabilities },
      what,
    );
  }

  readonly #toDeadLetter = (job: QueueJob): DeadLetter => toDeadLetter(job, this.#options.maxReplays);

  async #failuresOf(selection: DeadLetterSelection, what: string) {
    const failures: JobFailure[] = [];
    const visit = { ...this.#resolve(selection, what), order: 'asc' as const };
    const isCut = await visitFailedJobs(this.#adapter, visit, ({ id, replays }) => {
      failures.push({ jobId: id, replays });
    });
    return { failures, isCut };
  }

  async #replayOne(
    { jobId, replays }: Pick<JobFailure, 'jobId'> & Partial<JobFailure>,
    options: DeadLetterReplayOptions,
  ): Promise<ReplayResult> {
    try {
      const { id } = await this.#replayer.replay(jobId, options, replays);
      return { jobId, outcome: 'replayed', code: null, startedJobId: id };
    } catch (error) {
      if (!isOvertaken(error) && !TownKrierError.is(error, QueueErrorCode.QUEUE_REPLAY_LIMIT)) throw error;
      return { jobId, outcome: 'refused', code: error.code, startedJobId: null };
    }
  }

  async #deleteOne({ jobId, replays }: JobFailure): Promise<boolean> {
    const job = await this.#adapter.getJob(jobId);
    if (job?.status !== 'failed' || job.replays !== replays) return false;
    try {
      await this.#adapter.deleteJob(jobId);
      return true;
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      return false;
    }
  }
}
