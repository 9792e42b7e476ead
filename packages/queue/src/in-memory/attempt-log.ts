import type { JobAttempt } from '../job.ts';
import type { AttemptRecord, JobRecord } from './job-record.ts';

/** Entries a job's attempt log keeps. */
const MAX_ATTEMPTS_KEPT = 50;

/** Starts an entry for the claim a job was just given. */
export function openAttempt(record: JobRecord, workerId: string, now: number): void {
  const run = record.ensureRun();
  run.workerId = workerId;
  run.startedAt = now;
  const entry: AttemptRecord = {
    attempt: record.attempts,
    claim: record.claims,
    workerId,
    startedAt: now,
    finishedAt: null,
    outcome: 'running',
    error: null,
    retryDelayMs: null,
  };
  if (run.attemptLog.length === 0) run.attemptLog = [entry];
  else run.attemptLog.push(entry);
  if (run.attemptLog.length > MAX_ATTEMPTS_KEPT) run.attemptLog.shift();
}

/** Ends the entry of the current claim. */
export function closeAttempt(
  record: JobRecord,
  now: number,
  end: Pick<JobAttempt, 'outcome' | 'error' | 'retryDelayMs'>,
): void {
  const run = record.ensureRun();
  run.workerId = null;
  const entry = run.attemptLog.at(-1);
  if (entry === undefined) return;
  entry.finishedAt = now;
  entry.outcome = end.outcome;
  entry.error = end.error;
  entry.retryDelayMs = end.retryDelayMs;
}

/** Notes that a worker reported about a claim that had been taken from it. Why it was taken stays in `error`. */
export function markLate(record: JobRecord | undefined, claim: number, now: number): void {
  const entry: AttemptRecord | undefined = record?.run?.attemptLog.find((one) => one.claim === claim);
  if (entry === undefined) return;
  entry.outcome = 'late';
  entry.finishedAt = now;
}
