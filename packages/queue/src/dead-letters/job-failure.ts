/** A failure of a job: one that was started again and failed again is another. */
export interface JobFailure {
  readonly jobId: string;
  readonly replays: number;
}
