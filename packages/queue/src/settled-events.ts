import type { JobAttempt, QueueJob } from './job.ts';
import type { Settlement } from './job-store.ts';
import type { RunningJob } from './running-job.ts';
import { emitJobEvent, type Runtime } from './runtime.ts';

/** How tries end after which a job is tried again without anybody asking for it. */
const GOES_ON: ReadonlySet<JobAttempt['outcome']> = new Set(['retried', 'postponed', 'interrupted']);

/** Emits what became of an attempt, once the store has it. */
export function announceSettled(runtime: Runtime, running: RunningJob, settlement: Settlement): void {
  switch (settlement.to) {
    case 'completed':
      if (!runtime.events.hasListeners('job:completed')) break;
      emitJobEvent(runtime, 'job:completed', running.job, {
        status: 'completed',
        ...timesOf(runtime, running),
      });
      break;
    case 'failed':
      emitJobEvent(runtime, 'job:failed', running.job, {
        status: 'failed',
        reason: settlement.error.message,
        ...timesOf(runtime, running),
      });
      break;
    case 'cancelled':
      emitJobEvent(runtime, 'job:cancelled', running.job, {
        status: 'cancelled',
        attempts: running.job.attempts - 1,
        reason: settlement.error.message,
      });
      break;
    case 'retrying':
      announceRetrying(runtime, running.job, settlement);
      break;
    case 'pending':
      emitJobEvent(runtime, 'job:released', running.job, {
        status: 'pending',
        attempts: running.job.attempts - 1,
      });
  }
}

/** Milliseconds that an attempt took, and that its job waited for it since it could start. */
function timesOf(runtime: Runtime, { job, startedAt }: RunningJob) {
  return {
    runMs: runtime.clock.now() - startedAt,
    waitMs: Math.max(0, startedAt - (readyAt(job) ?? startedAt)),
  };
}

/** When a running job could start this time, in milliseconds since the epoch; `null` when that is not kept. */
function readyAt({ attemptLog, replays, createdAt, scheduledFor }: QueueJob): number | null {
  // The last one is the try that runs.
  const before = attemptLog.at(-2);
  if (before === undefined) {
    return replays > 0 ? null : Math.max(createdAt.getTime(), scheduledFor?.getTime() ?? 0);
  }
  if (before.finishedAt === null || !GOES_ON.has(before.outcome)) return null;
  return before.finishedAt.getTime() + (before.retryDelayMs ?? 0);
}

function announceRetrying(
  runtime: Runtime,
  job: QueueJob,
  { delayMs, error, countsAttempt }: Extract<Settlement, { to: 'retrying' }>,
): void {
  emitJobEvent(runtime, 'job:retrying', job, {
    status: 'retrying',
    attempts: countsAttempt ? job.attempts : job.attempts - 1,
    delayMs,
    reason: error.message,
  });
}
