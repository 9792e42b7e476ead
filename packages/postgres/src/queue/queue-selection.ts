import type { QueueSelection } from '@townkrier/queue';
import type { JobCounts } from './job-counts.ts';
import { isStorable } from './storable-text.ts';

/** A statement about some queues: named ones, or all that ever had a job but named ones. Both read only the heads of indexes, however many jobs there are. */
export class SelectiveStatement {
  readonly #ofNamed: string;
  readonly #ofOthers: string;

  /**
   * @param names - The statement's parameter for the names, such as `$4`.
   * @param toSql - Makes the statement from a query for names of queues.
   */
  constructor(counts: JobCounts, names: string, toSql: (queues: string) => string) {
    this.#ofNamed = toSql(`SELECT unnest(${names}::text[]) AS queue`);
    this.#ofOthers = toSql(
      `SELECT queue FROM (${counts.knownQueues}) AS known_queues WHERE queue <> ALL (${names}::text[])`,
    );
  }

  /** The statement for a selection, and the value of its parameter. */
  for({ queues, exceptQueues = [] }: QueueSelection): { readonly sql: string; readonly names: string[] } {
    if (queues === undefined) return { sql: this.#ofOthers, names: exceptQueues.filter(isStorable) };
    const names = new Set(queues.filter(isStorable));
    for (const name of exceptQueues) names.delete(name);
    return { sql: this.#ofNamed, names: [...names] };
  }
}
