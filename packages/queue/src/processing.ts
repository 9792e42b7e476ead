import { parseOptions } from '@townkrier/core';
import { z } from 'zod';
import type { QueuePolicies } from './policy/queue-policies.ts';
import type { JobHandler, QueueAdapter, Worker, WorkOptions } from './queue-adapter.ts';

/** How `startProcessing` works. */
export interface ProcessingOptions {
  /**
   * Milliseconds after which a worker looks for jobs though nothing told it to. Only stores shared with other processes need it; a queue in memory
   * wakes its workers itself and never polls. @default the adapter's
   */
  readonly pollInterval?: number | undefined;
  /** Jobs in hand at once, of all queues together that have no policy; one that has says so itself. @default 10 */
  readonly concurrency?: number | undefined;
  /** Only jobs of these queues. @default all */
  readonly queues?: readonly string[] | undefined;
}

const schema = z.strictObject({
  pollInterval: z.number().min(1).optional(),
  concurrency: z.int().min(1).optional(),
  queues: z.array(z.string().min(1)).min(1).optional(),
});

/** Options that were checked. */
export type ResolvedProcessingOptions = z.output<typeof schema>;

/** @throws {TownKrierError} `CONFIG_INVALID` for a wrong option. */
export function resolveProcessingOptions(options: ProcessingOptions): ResolvedProcessingOptions {
  return parseOptions(schema, options, 'startProcessing');
}

/** The workers to start: one for each queue with a policy, and one for all others. */
export function planWorkers(
  policies: QueuePolicies,
  { pollInterval, concurrency, queues }: ResolvedProcessingOptions,
): readonly WorkOptions[] {
  const common = pollInterval === undefined ? {} : { pollInterval };
  const own = policies.all
    .filter(({ name }) => queues === undefined || queues.includes(name))
    .map((queue) => ({
      ...common,
      queues: [queue.name],
      concurrency: queue.concurrency,
      ...(queue.rateLimit !== undefined && { rateLimit: queue.rateLimit }),
    }));
  const others = selectOthers(policies, queues);
  if (others === null) return own;
  return [...own, { ...common, ...others, ...(concurrency !== undefined && { concurrency }) }];
}

function selectOthers(policies: QueuePolicies, queues: readonly string[] | undefined): WorkOptions | null {
  if (queues === undefined) return policies.names.length === 0 ? {} : { exceptQueues: policies.names };
  const others = queues.filter((name) => !policies.has(name));
  return others.length === 0 ? null : { queues: others };
}

/** Workers that start and stop together. */
export class Processing {
  readonly #workers: Worker[] = [];

  /** @throws what `work` of the adapter throws; none of the workers goes on then. */
  constructor(adapter: QueueAdapter, handler: JobHandler, plan: readonly WorkOptions[]) {
    try {
      for (const options of plan) this.#workers.push(adapter.work(handler, options));
    } catch (error) {
      void this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }
}
