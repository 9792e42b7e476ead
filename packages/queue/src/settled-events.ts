import type { QueueJob } from './job.ts';
import type { Settlement } from './job-store.ts';
import type { RunningJob } from './running-job.ts';
import { emitJobEvent, type Runtime } from './runtime.ts';

/** Emits what became of an attempt, once the store has it. */
export function announceSettled(runtime: Runtime, running: RunningJob, settlement: Settlement): void {
  switch (settlement.to) {
    case 'completed':
      announceCompleted(runtime, running);
      break;
    case 'failed':
      emitJobEvent(runtime, 'job:failed', running.job, {
        status: 'failed',
        reason: settlement.error.message,
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

function announceCompleted(runtime: Runtime, { job, startedAt }: RunningJob): void {
  if (!runtime.events.hasListeners('job:completed')) return;
  const readyAt = Math.max(job.createdAt.getTime(), job.scheduledFor?.getTime() ?? 0);
  emitJobEvent(runtime, 'job:completed', job, {
    status: 'completed',
    runMs: runtime.clock.now() - startedAt,
    waitMs: Math.max(0, startedAt - readyAt),
  });
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
