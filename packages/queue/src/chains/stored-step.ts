import { z } from 'zod';
import type { NewJob } from '../queue-adapter.ts';

/** A job that is added later, as it is stored until then. Loose, so that a process of an older version does not drop what a newer one keeps. */
export const storedStepSchema = z.looseObject({
  job: z.custom<NewJob>(isJob, 'expected a job'),
  /** Milliseconds after it was added from when on the job is too late. */
  expiresIn: z.number().positive().nullable(),
});
export type StoredStep = z.output<typeof storedStepSchema>;

/** The job of a step that is added now. */
export function toStepJob({ job, expiresIn }: StoredStep, now: number): NewJob {
  return expiresIn === null ? job : { ...job, expiresAt: now + expiresIn };
}

function isJob(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
