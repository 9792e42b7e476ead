import type { JobAttemptView, JobDetail } from '../../../src/api-types.ts';
import { statusLook } from '../format/look.ts';
import { formatSpan } from '../format/time.ts';
import type { TimelineEntry } from './timeline.tsx';

/** A job's life, oldest first: stored, each try, and what comes next. */
export function toJobTimeline(job: JobDetail): readonly TimelineEntry[] {
  return [...beginning(job), ...job.attemptLog.map(toEntry), ...ending(job)];
}

function beginning(job: JobDetail): TimelineEntry[] {
  const created: TimelineEntry = {
    key: 'created',
    look: { label: 'Enqueued', icon: 'clock', tone: 'waiting' },
    at: job.createdAt,
  };
  if (job.scheduledFor === null) return [created];
  return [
    created,
    {
      key: 'due',
      look: { ...statusLook('scheduled'), label: 'Due' },
      at: job.scheduledFor,
      isAhead: job.startedAt === null,
    },
  ];
}

function toEntry(attempt: JobAttemptView): TimelineEntry {
  const look = statusLook(attempt.outcome);
  const took =
    attempt.finishedAt === null ? null : Date.parse(attempt.finishedAt) - Date.parse(attempt.startedAt);
  const wait = attempt.retryDelayMs === null ? '' : `Next try after ${formatSpan(attempt.retryDelayMs)}.`;
  const detail = [attempt.error?.message, wait].filter(Boolean).join(' ');
  return {
    // A postponed or interrupted try gives its number back, so the number alone does not tell tries apart.
    key: `${attempt.attempt} ${attempt.startedAt} ${attempt.workerId}`,
    look: { ...look, label: `Attempt ${attempt.attempt}: ${look.label.toLowerCase()}` },
    at: attempt.startedAt,
    ...(took !== null && { aside: formatSpan(took) }),
    ...(detail !== '' && { detail }),
  };
}

function ending(job: JobDetail): TimelineEntry[] {
  if (job.nextRunAt !== null && job.startedAt !== null) {
    return [
      {
        key: 'next',
        look: { ...statusLook('retrying'), label: 'Next try', icon: 'clock' },
        at: job.nextRunAt,
        isAhead: true,
      },
    ];
  }
  if (job.status === 'cancelled')
    return [{ key: 'cancelled', look: statusLook('cancelled'), at: job.cancelledAt }];
  if (job.status === 'failed') {
    return [{ key: 'failed', look: { ...statusLook('failed'), label: 'Failed for good' }, at: job.failedAt }];
  }
  if (job.status === 'completed')
    return [{ key: 'completed', look: { ...statusLook('completed'), icon: 'checks' }, at: job.completedAt }];
  return [];
}
