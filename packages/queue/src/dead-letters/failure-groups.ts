import type { QueueJob } from '../job.ts';
import { failurePatternOf } from './failure-pattern.ts';

/** Jobs that failed for the same reason. */
export interface FailureGroup {
  /** For `DeadLetterSelection.group`. The same in every process. */
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  /** The error's code, or its name where it has none. */
  readonly error: string;
  /** The error's message without numbers, ids, quoted texts and addresses. */
  readonly message: string;
  readonly count: number;
  /** When the first of them failed, and the last. */
  readonly oldest: Date;
  readonly newest: Date;
  /** The one that failed last. */
  readonly exampleJobId: string;
}

/** Counts failed jobs by reason. */
export class FailureGroups {
  readonly #groups = new Map<string, FailureGroup>();

  add(job: QueueJob): void {
    const { group: id, error, message } = failurePatternOf(job);
    const at = job.failedAt ?? job.updatedAt;
    const { queue, type } = job;
    const known = this.#groups.get(id);
    this.#groups.set(
      id,
      known === undefined
        ? { id, queue, type, error, message, count: 1, oldest: at, newest: at, exampleJobId: job.id }
        : withOneMore(known, job.id, at),
    );
  }

  /** The largest first; of two as large, the one that grew last. */
  list(): readonly FailureGroup[] {
    return [...this.#groups.values()].sort(
      (one, other) => other.count - one.count || other.newest.getTime() - one.newest.getTime(),
    );
  }
}

function withOneMore(group: FailureGroup, jobId: string, at: Date): FailureGroup {
  const isNewest = at > group.newest;
  return {
    ...group,
    count: group.count + 1,
    oldest: at < group.oldest ? at : group.oldest,
    newest: isNewest ? at : group.newest,
    exampleJobId: isNewest ? jobId : group.exampleJobId,
  };
}
