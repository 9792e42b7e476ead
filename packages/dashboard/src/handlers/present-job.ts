import type { JobAttempt, JobDelivery, JobError, QueueJob } from '@townkrier/queue';
import { isFinished } from '@townkrier/queue';
import type { JobAttemptView, JobDeliveryView, JobDetail, JobFailure, JobSummary } from '../api-types.ts';
import { omitUndefined } from '../omit-undefined.ts';
import { addressesOf, hidePersonalValues, personalValuesOf } from './job-personal-values.ts';
import { createMasker, type Masker, maskAddressOf } from './masker.ts';

/** A job as one line of a list. */
export function summariseJob(job: QueueJob, now: number): JobSummary {
  return summarise(job, createMasker(personalValuesOf(job)), now);
}

/** A job with everything that may be shown of it. */
export function presentJob(
  job: QueueJob,
  options: { readonly now: number; readonly canReadPayload: boolean },
): JobDetail {
  const masker = createMasker(personalValuesOf(job));
  return {
    ...summarise(job, masker, options.now),
    deliveries: job.deliveries.map((delivery) => presentDelivery(delivery, masker)),
    attemptLog: job.attemptLog.map((attempt) => presentAttempt(attempt, masker)),
    logs: job.logs.map((line) => ({
      at: toIso(line.at),
      attempt: line.attempt,
      message: masker.text(line.message),
    })),
    metadata: masker.record(job.metadata),
    payload: options.canReadPayload ? masker.data(hidePersonalValues(job.payload)) : null,
    result: masker.data(job.result),
    backoff: { ...job.backoff },
    timeoutMs: job.timeout,
    groupKey: job.groupKey,
    idempotencyKey: job.idempotencyKey,
    actions: possibleActions(job),
  };
}

function summarise(job: QueueJob, masker: Masker, now: number): JobSummary {
  const addresses = addressesOf(job.payload);
  const [first] = addresses;
  return {
    id: job.id,
    queue: job.queue,
    type: job.type,
    name: job.name,
    status: job.status,
    priority: job.priority,
    attempts: job.attempts,
    maxRetries: job.maxRetries,
    crashes: job.crashes,
    replays: job.replays,
    channels: [...new Set(job.deliveries.map((delivery) => delivery.channel))],
    recipient: first === undefined ? null : maskAddressOf(first.channel, first.address),
    recipients: addresses.length,
    progress:
      job.progress === null ? null : { percent: job.progress.percent, step: masker.maybe(job.progress.step) },
    error: presentError(job.error, masker),
    tags: [...job.tags],
    durationMs: durationOf(job, now),
    expiresAt: toMaybeIso(job.expiresAt),
    scheduledFor: toMaybeIso(job.scheduledFor),
    nextRunAt: toMaybeIso(job.nextRunAt),
    createdAt: toIso(job.createdAt),
    updatedAt: toIso(job.updatedAt),
    startedAt: toMaybeIso(job.startedAt),
    completedAt: toMaybeIso(job.completedAt),
    failedAt: toMaybeIso(job.failedAt),
    cancelledAt: toMaybeIso(job.cancelledAt),
  };
}

function presentDelivery(delivery: JobDelivery, masker: Masker): JobDeliveryView {
  return { ...delivery, reason: masker.maybe(delivery.reason), updatedAt: toIso(delivery.updatedAt) };
}

function presentAttempt(attempt: JobAttempt, masker: Masker): JobAttemptView {
  return {
    ...attempt,
    startedAt: toIso(attempt.startedAt),
    finishedAt: toMaybeIso(attempt.finishedAt),
    error: presentError(attempt.error, masker),
  };
}

/** Without the stack: it names files of the server, and its first lines repeat the message unmasked. */
function presentError(error: JobError | null, masker: Masker): JobFailure | null {
  if (error === null) return null;
  return omitUndefined({
    name: error.name,
    message: masker.text(error.message),
    code: error.code,
    causes: error.causes?.map((cause) => masker.text(cause)),
  });
}

function possibleActions(job: QueueJob): JobDetail['actions'] {
  if (job.status === 'processing') return ['cancel'];
  if (job.status === 'pending') return ['cancel', 'delete'];
  if (!isFinished(job.status)) return ['retry', 'cancel', 'delete'];
  return job.status === 'completed' ? ['delete'] : ['retry', 'delete'];
}

function durationOf(job: QueueJob, now: number): number | null {
  if (job.startedAt === null) return null;
  const endedAt = job.completedAt ?? job.failedAt ?? job.cancelledAt ?? job.attemptLog.at(-1)?.finishedAt;
  const isRunning = job.status === 'processing';
  const until = isRunning ? now : (endedAt ?? job.updatedAt).getTime();
  return Math.max(0, until - job.startedAt.getTime());
}

function toIso(moment: Date): string {
  return moment.toISOString();
}

function toMaybeIso(moment: Date | null): string | null {
  return moment === null ? null : toIso(moment);
}
