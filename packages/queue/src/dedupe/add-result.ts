import type { QueueJob } from '../job.ts';

/** What an add came to. `exists`: it is the job that an earlier add stored, unchanged. `replaced`: it is a new one, and took the place of one that waited. */
export type AddOutcome = 'added' | 'exists' | 'replaced';

/** The job of an add, and what the add came to. */
export interface AddResult {
  readonly job: QueueJob;
  readonly outcome: AddOutcome;
}

/** What an add came to, and the jobs that are gone because of it. */
export interface UniqueAdd extends AddResult {
  readonly replaced: readonly QueueJob[];
}
