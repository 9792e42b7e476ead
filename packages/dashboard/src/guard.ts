import type { Clock, Timer } from '@townkrier/core';
import { DependencyError } from './http/errors.ts';
import type { DashboardQueue, DashboardQueueAdapter, DashboardStorage } from './sources.ts';

/** How long a dependency may take, and whose time it is. */
export interface Patience {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly timeout: number;
}

/** The queue, failing with `DependencyError` alone and never later than `timeout`. */
export function guardQueue(queue: DashboardQueue, patience: Patience): DashboardQueue {
  const ask = <Answer>(question: () => Promise<Answer>): Promise<Answer> =>
    within('queue', question, patience);
  return {
    ...(queue.adapter === undefined ? {} : { adapter: guardAdapter(queue.adapter, ask) }),
    getStats: () => ask(() => queue.getStats()),
    findJobs: (filters) => ask(() => queue.findJobs(filters)),
    getJob: (id) => ask(() => queue.getJob(id)),
    retryJob: (id) => ask(() => queue.retryJob(id)),
    cancelJob: (id) => ask(() => queue.cancelJob(id)),
    deleteJob: (id) => ask(() => queue.deleteJob(id)),
    on: (event, listener) => queue.on(event, listener),
  };
}

function guardAdapter(
  adapter: DashboardQueueAdapter,
  ask: (question: () => Promise<unknown>) => Promise<unknown>,
): DashboardQueueAdapter {
  const { capabilities } = adapter;
  if (adapter.health === undefined) return { capabilities };
  return { capabilities, health: () => ask(async () => adapter.health?.()) };
}

/** The log, failing with `DependencyError` alone and never later than `timeout`. */
export function guardStorage(storage: DashboardStorage, patience: Patience): DashboardStorage {
  const ask = <Answer>(question: () => Promise<Answer>): Promise<Answer> =>
    within('storage', question, patience);
  return {
    getStats: () => ask(() => storage.getStats()),
    queryLogs: (filters) => ask(() => storage.queryLogs(filters)),
    getLog: (id) => ask(() => storage.getLog(id)),
    explain: (id) => ask(() => storage.explain(id)),
    on: (event, listener) => storage.on(event, listener),
  };
}

async function within<Answer>(
  dependency: 'queue' | 'storage',
  question: () => Promise<Answer>,
  { clock, timeout }: Patience,
): Promise<Answer> {
  let timer: Timer | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = clock.schedule(() => reject(new Error(`no answer within ${timeout} ms`)), timeout);
  });
  try {
    return await Promise.race([question(), tooLate]);
  } catch (error) {
    throw new DependencyError(dependency, error);
  } finally {
    timer?.cancel();
  }
}
