import type { JsonValue } from '@townkrier/core';
import type { JobAttempt, JobDelivery, JobError, QueueJob } from '../job.ts';
import { failurePatternOf } from './failure-pattern.ts';

/** A job that failed for good. Nothing of it is kept a second time: it is the failed job, as an operator looks at it. */
export interface DeadLetter {
  readonly jobId: string;
  readonly queue: string;
  readonly type: string;
  readonly name: string;
  readonly owner: string | null;
  readonly tags: readonly string[];
  /** Why its last attempt failed, with its stack and causes. */
  readonly error: JobError | null;
  /** Which jobs failed for the same reason; see `DeadLetters.groups`. */
  readonly group: string;
  /** As it is stored; that of a typed job is `{ version, data }`. */
  readonly payload: JsonValue;
  /** Of a notification: which were sent, and which not. */
  readonly deliveries: readonly JobDelivery[];
  /** Tries that counted since it was last started by hand. */
  readonly attempts: number;
  /** One entry a try, oldest first, those of earlier replays too; the newest 50 are kept. */
  readonly attemptLog: readonly JobAttempt[];
  /** Times it was started again by hand. */
  readonly replays: number;
  /** Whether it may be started again. */
  readonly isReplayable: boolean;
  readonly createdAt: Date;
  readonly failedAt: Date | null;
}

/** A failed job as an operator looks at it. */
export function toDeadLetter(job: QueueJob, maxReplays: number): DeadLetter {
  const { queue, type, name, owner, tags, error, payload, deliveries, attempts, attemptLog, replays } = job;
  return {
    jobId: job.id,
    queue,
    type,
    name,
    owner,
    tags,
    error,
    group: failurePatternOf(job).group,
    payload,
    deliveries,
    attempts,
    attemptLog,
    replays,
    isReplayable: replays < maxReplays,
    createdAt: job.createdAt,
    failedAt: job.failedAt,
  };
}
