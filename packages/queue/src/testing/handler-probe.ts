import type { JsonValue } from '@townkrier/core';
import type { JobContext, JobHandler } from '../queue-adapter.ts';

/** One call of the handler, which the case ends when it wants to. Ending it twice does nothing more. */
export class ProbedStart {
  readonly context: JobContext;
  /** When it was called, by the backend's clock. */
  readonly at: number;
  readonly outcome: Promise<JsonValue | undefined>;
  #resolve: (result: JsonValue | undefined) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(context: JobContext, at: number) {
    this.context = context;
    this.at = at;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get jobId(): string {
    return this.context.job.id;
  }

  complete(result?: JsonValue): void {
    this.#resolve(result);
  }

  /** Any value may be thrown, as in life. */
  fail(error: unknown): void {
    this.#reject(error);
  }
}

/**
 * A handler that notes every call. Without `behave` each call hangs until the case ends it, and heeds no signal, as the worst handlers do;
 * with it, `behave` is what the handler does.
 */
export class HandlerProbe {
  readonly starts: ProbedStart[] = [];
  /** Calls that have not ended. */
  running = 0;
  /** The most calls there were at once. */
  mostRunning = 0;
  readonly #now: () => number;
  readonly #behave: JobHandler | undefined;

  constructor(now: () => number, behave?: JobHandler) {
    this.#now = now;
    this.#behave = behave;
  }

  readonly handler: JobHandler = async (context) => {
    const start = new ProbedStart(context, this.#now());
    this.starts.push(start);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      return await (this.#behave === undefined ? start.outcome : this.#behave(context));
    } finally {
      this.running -= 1;
    }
  };

  /** The ids of the jobs in the order in which they were started. */
  get startedIds(): string[] {
    return this.starts.map(({ jobId }) => jobId);
  }

  /** How often a job was started. */
  timesStarted(jobId: string): number {
    return this.starts.filter((start) => start.jobId === jobId).length;
  }

  /** The latest call for a job, or with no id the latest of all. */
  latest(jobId?: string): ProbedStart {
    const start = this.starts.findLast((each) => jobId === undefined || each.jobId === jobId);
    if (start === undefined)
      throw new Error(`the handler was not called${jobId === undefined ? '' : ` for ${jobId}`}`);
    return start;
  }

  /** Ends every call that hangs, so that nothing outlives the case. */
  letGo(): void {
    for (const start of this.starts) start.complete();
  }
}
