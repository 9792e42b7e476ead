import type { Clock } from '@townkrier/core';
import type { QueueSelection } from '@townkrier/queue';
import { toBullMqName } from './bullmq-names.ts';
import { createJobScripts, type JobScripts } from './job-scripts.ts';
import type { RedisLink } from './redis-link.ts';
import type { Script } from './scripts/script.ts';
import type { MarkSelection } from './wake-channel.ts';

type Values = readonly (string | number)[];

/** Runs our scripts on the jobs of one prefix. */
export class JobRedis {
  readonly scripts: JobScripts = createJobScripts();
  /** Under which what concerns all queues is kept. */
  readonly root: string;
  readonly #link: RedisLink;
  readonly #prefix: string;
  readonly #clock: Clock;

  constructor(link: RedisLink, { prefix, clock }: { readonly prefix: string; readonly clock: Clock }) {
    this.#link = link;
    this.root = `${prefix}:townkrier:index`;
    this.#prefix = prefix;
    this.#clock = clock;
  }

  /** Whole milliseconds, as BullMQ counts. */
  now(): number {
    return Math.floor(this.#clock.now());
  }

  /**
   * Runs a script as of a moment.
   * @throws {QueueError} `QUEUE_UNAVAILABLE`.
   */
  run(script: Script, now: number, values: Values, timeout?: number): Promise<unknown> {
    return this.#link.run(script, this.root, [this.#prefix, now, ...values], timeout);
  }

  /** The marks of the queues that a worker looks after. */
  toMarks({ queues, exceptQueues = [] }: QueueSelection): MarkSelection {
    const toMark = (queue: string): string => this.markOf(toBullMqName(queue));
    return { only: queues?.map(toMark) ?? null, except: exceptQueues.map(toMark) };
  }

  /** Where BullMQ leaves its mark that a queue has jobs. */
  markOf(queue: string): string {
    return `${this.#prefix}:${queue}:marker`;
  }
}

/** Queues as scripts take them: how many, and their names; none for all. */
export function toQueueValues(queues: readonly string[] = []): Values {
  return [queues.length, ...queues.map(toBullMqName)];
}

/** A selection as scripts take it: as {@link toQueueValues}, or below 0 how many are left out, and their names. `null` when it leaves none. */
export function toSelectionValues({ queues, exceptQueues = [] }: QueueSelection): Values | null {
  if (queues === undefined) return [0 - exceptQueues.length, ...exceptQueues.map(toBullMqName)];
  const wanted = queues.filter((queue) => !exceptQueues.includes(queue));
  return wanted.length === 0 ? null : toQueueValues(wanted);
}
