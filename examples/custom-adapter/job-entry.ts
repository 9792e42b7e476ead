import type { JobAttempt, JobFence, JobToInsert, QueueJob } from '@townkrier/queue';

/** What the store keeps of a job: the job as everybody sees it, and who holds it. */
export interface JobEntry {
  job: QueueJob;
  /** How often it was claimed; with the worker it makes the fence. */
  claims: number;
  /** The worker that holds it, or `null`. */
  holder: string | null;
}

/** Replaces the job by a changed copy. What comes in is copied, so that whoever gave it may go on using it. */
export function change(entry: JobEntry, now: number, changes: Partial<QueueJob>): void {
  entry.job = { ...entry.job, ...structuredClone(changes), updatedAt: new Date(now) };
}

/** The job for others to read; a database gives a copy by itself. */
export function snapshot(entry: JobEntry): QueueJob {
  return structuredClone(entry.job);
}

/** Whether a worker still speaks for a job: it must be running, under this very claim. */
export function holds(entry: JobEntry | undefined, fence: JobFence): entry is JobEntry {
  return (
    entry?.job.status === 'processing' && entry.claims === fence.claim && entry.holder === fence.workerId
  );
}

/** The attempt log with the entry of one claim changed. There is one for each claim, in order; the newest 50 are kept. */
export function withAttempt(
  { job: { attemptLog }, claims }: JobEntry,
  claim: number,
  changes: Partial<JobAttempt>,
): readonly JobAttempt[] {
  const changed = attemptLog.length - 1 - (claims - claim);
  return attemptLog.map((attempt, index) => (index === changed ? { ...attempt, ...changes } : attempt));
}

/** @param job - Asks for neither ageing nor turns: the store says that it has none. */
export function newEntry(job: JobToInsert, now: number): JobEntry {
  const { scheduledFor, expiresAt, agingMs: _agingMs, isFair: _isFair, ...same } = job;
  const isLater = scheduledFor !== null && scheduledFor > now;
  const created = new Date(now);
  return {
    claims: 0,
    holder: null,
    job: {
      ...structuredClone(same),
      status: isLater ? 'scheduled' : 'pending',
      attempts: 0,
      crashes: 0,
      replays: 0,
      result: null,
      error: null,
      progress: null,
      attemptLog: [],
      logs: [],
      expiresAt: expiresAt === null ? null : new Date(expiresAt),
      scheduledFor: scheduledFor === null ? null : new Date(scheduledFor),
      nextRunAt: isLater ? new Date(scheduledFor) : created,
      createdAt: created,
      updatedAt: created,
      startedAt: null,
      completedAt: null,
      failedAt: null,
      cancelledAt: null,
    },
  };
}

/** Whether a job is no longer kept: its `removeAfter` is over, and its key need not hold any more. What failed stays. */
export function isLeaving({ job }: JobEntry, now: number): boolean {
  const endedAt = job.completedAt ?? job.cancelledAt;
  if (endedAt === null || job.removeAfter === null) return false;
  return endedAt.getTime() + Math.max(job.removeAfter, job.keyRetention ?? 0) <= now;
}
