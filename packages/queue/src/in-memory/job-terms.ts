import type { JobToInsert } from '../job-store.ts';

/** What few jobs ask for. Those that do not have none, so that a waiting job stays small. */
export interface JobTerms {
  readonly expiresAt: number | null;
  readonly agingMs: number | null;
  readonly isFair: boolean;
  readonly keyRetention: number | null;
  readonly removeAfter: number | null;
  /** The moment by which a pending job comes: when it is due, or for a fair one its turn. */
  turn: number;
}

/** Whether a job stands in the lanes of those that age or take turns. */
export function isRanked(terms: JobTerms | null): terms is JobTerms {
  return terms !== null && (terms.isFair || terms.agingMs !== null);
}

/** The terms of a new job; `null` when it asks for nothing. */
export function toJobTerms(job: JobToInsert): JobTerms | null {
  const { expiresAt, agingMs, isFair, keyRetention, removeAfter } = job;
  const isPlain = expiresAt === null && agingMs === null && keyRetention === null && removeAfter === null;
  return isPlain && !isFair ? null : { expiresAt, agingMs, isFair, keyRetention, removeAfter, turn: 0 };
}
