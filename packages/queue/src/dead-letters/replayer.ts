import { type JsonValue, TownKrierError } from '@townkrier/core';
import { jobNotFound, QueueError, QueueErrorCode, wrongJobState } from '../errors.ts';
import type { QueueJob } from '../job.ts';
import type { QueueAdapter } from '../queue-adapter.ts';
import { checkRetry } from '../replay.ts';
import type { ResolvedDeadLettersOptions } from './dead-letters-options.ts';
import { toEditedPayload } from './edited-payload.ts';
import { toRenewedJob } from './renewed-job.ts';

/** How a dead letter is started again. */
export interface DeadLetterReplayOptions {
  /** Data of a typed job to run with instead, as `add` takes it; stored with the version of today's definition. @default what it carried */
  readonly payload?: JsonValue | undefined;
  /** As a new job with new idempotency keys, so that nobody takes it for the one that failed. @default false */
  readonly asNew?: boolean | undefined;
}

/** Starts failed jobs again, each failure once. */
export class Replayer {
  readonly #adapter: QueueAdapter;
  readonly #options: ResolvedDeadLettersOptions;

  constructor(adapter: QueueAdapter, options: ResolvedDeadLettersOptions) {
    this.#adapter = adapter;
    this.#options = options;
  }

  /** @param replays - Replays the job had when the caller looked at it; one that has more by now is refused. @default as many as it has */
  async replay(id: string, options: DeadLetterReplayOptions, replays?: number): Promise<QueueJob> {
    const job = requireFailed(await this.#adapter.getJob(id), id);
    if (replays !== undefined && job.replays !== replays) throw startedMeanwhile(job);
    checkRetry(job, this.#options.maxReplays);
    const { payload: data, asNew = false } = options;
    const payload = data === undefined ? undefined : toEditedPayload(job, data, this.#options.jobs);
    return asNew ? this.#renew(job, payload ?? job.payload) : this.#retry(job, payload);
  }

  async #retry(job: QueueJob, payload: JsonValue | undefined): Promise<QueueJob> {
    // One replay more than it has, and no other: of two who saw this failure the second is refused, though the job may have failed again by then.
    const maxReplays = job.replays + 1;
    try {
      return await this.#adapter.retryJob(job.id, {
        maxReplays,
        ...(payload !== undefined && { payload }),
      });
    } catch (error) {
      if (TownKrierError.is(error, QueueErrorCode.QUEUE_REPLAY_LIMIT)) throw startedMeanwhile(job, error);
      throw error;
    }
  }

  /** The new one is stored before the dead letter goes: a crash between the two leaves both, and asking again finishes it. */
  async #renew(job: QueueJob, payload: JsonValue): Promise<QueueJob> {
    const renewed = toRenewedJob(job, payload, this.#options.clock.now());
    const [added] = await this.#adapter.add([renewed]);
    if (added === undefined)
      throw new QueueError(QueueErrorCode.QUEUE_JOB_NOT_FOUND, 'The adapter stored no job.');
    try {
      await this.#adapter.deleteJob(job.id);
      return added;
    } catch (error) {
      if (TownKrierError.is(error, QueueErrorCode.QUEUE_JOB_NOT_FOUND)) throw startedMeanwhile(job, error);
      // It runs: somebody replayed it as it is.
      if (TownKrierError.is(error, QueueErrorCode.QUEUE_JOB_STATE)) await this.#takeBack(added.id);
      throw error;
    }
  }

  async #takeBack(id: string): Promise<void> {
    try {
      await this.#adapter.deleteJob(id);
    } catch (error) {
      if (!isOvertaken(error)) throw error;
    }
  }
}

/**
 * The job, if it is a dead letter.
 * @throws {QueueError} `QUEUE_JOB_NOT_FOUND`; `QUEUE_JOB_STATE`.
 */
export function requireFailed(job: QueueJob | null, id: string): QueueJob {
  if (job === null) throw jobNotFound(id);
  if (job.status === 'failed') return job;
  throw wrongJobState(
    'treated as a dead letter',
    job,
    'Only a failed job is one; somebody may have started it again.',
  );
}

/** Whether somebody else did something with the job in the meantime. */
export function isOvertaken(error: unknown): error is TownKrierError {
  return (
    TownKrierError.is(error, QueueErrorCode.QUEUE_JOB_NOT_FOUND) ||
    TownKrierError.is(error, QueueErrorCode.QUEUE_JOB_STATE)
  );
}

function startedMeanwhile({ id }: QueueJob, cause?: unknown): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_JOB_STATE,
    `Job ${id} was started again by somebody else, or deleted, in the meantime. Look at it once more.`,
    cause,
  );
}
