import { type StoredStep, toStepJob } from '../chains/stored-step.ts';
import type { NewJob } from '../queue-adapter.ts';
import { type BatchCounts, OUTCOME_KEY } from './batch-outcome.ts';

/** Milliseconds in which a job of a batch is kept after it ended, so that its end is counted whoever looks: a day. */
const RETENTION_MS = 86_400_000;

const CHILD_ID = /^batch:(.+):\d+$/s;

/** The id of a job of a batch, by its place. */
export function childId(batchId: string, index: number): string {
  return `batch:${batchId}:${index}`;
}

/** The batch a job belongs to, by the job's id. */
export function batchOf(jobId: string): string | null {
  return CHILD_ID.exec(jobId)?.[1] ?? null;
}

/** The jobs of a batch. Their ids follow from their places, so that a batch that is added twice is there once. */
export function toChildren(batchId: string, steps: readonly StoredStep[], now: number): readonly NewJob[] {
  return steps.map((step, index) => ({ ...toKept(batchId, step, now), id: childId(batchId, index) }));
}

/** The job that follows a batch. Its id follows from that of the batch, so that all who see it end add one job. */
export function toFollower(
  batch: { readonly id: string; readonly total: number; readonly counts: BatchCounts },
  step: StoredStep,
  now: number,
): NewJob {
  const { id, total, counts } = batch;
  const job = toKept(id, step, now);
  return {
    ...job,
    id: `batch:${id}:done`,
    metadata: { ...job.metadata, [OUTCOME_KEY]: { id, total, ...counts } },
  };
}

function toKept(batchId: string, step: StoredStep, now: number): NewJob {
  const job = toStepJob(step, now);
  return { keyRetention: RETENTION_MS, ...job, tags: [...(job.tags ?? []), `batch:${batchId}`] };
}
