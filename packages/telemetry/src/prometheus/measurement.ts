/** What is measured, and how to end it. */
export interface Measurement {
  /** The names of its metrics. */
  readonly metrics: readonly string[];
  readonly stops: readonly (() => void)[];
}
