import type { QueueJob } from '../../src/job.ts';
import type { JobStore, JobToInsert, Settlement } from '../../src/job-store.ts';
import type { NewJob, QueueAdapter, Worker } from '../../src/queue-adapter.ts';
import type { InMemoryParts } from '../in-memory-harness.ts';

/** An adapter with one fault, made by replacing methods of the sound one. */
export interface BrokenAdapter {
  /** What is wrong with it, after "an adapter that …". */
  readonly fault: string;
  /** The case of the suite that must fail; others may fail too. */
  readonly caughtBy: string;
  /** Whether the model must find it as well. */
  readonly isSeenByModel?: true;
  readonly spoil: (parts: InMemoryParts) => void;
}

/** Some turns of the event loop later. */
export async function later(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Passes every job that a store hands out through `change`. */
export function changeJobs(store: JobStore, change: (job: QueueJob) => QueueJob): void {
  const { get, find, claim, insert, retry } = bound(store);
  store.get = async (id) => {
    const job = await get(id);
    return job && change(job);
  };
  store.find = async (filters) => {
    const { jobs, total } = await find(filters);
    return { jobs: jobs.map(change), total };
  };
  store.claim = async (request) =>
    (await claim(request)).map(({ job, fence }) => ({ job: change(job), fence }));
  store.insert = async (jobs) => (await insert(jobs)).map(({ job, isNew }) => ({ job: change(job), isNew }));
  store.retry = async (id, options) => change(await retry(id, options));
}

/** The sound methods of a store, to be called by what replaces them. */
export function bound(store: JobStore) {
  return {
    insert: store.insert.bind(store),
    claim: store.claim.bind(store),
    settle: store.settle.bind(store),
    heartbeat: store.heartbeat.bind(store),
    reapExpired: store.reapExpired.bind(store),
    get: store.get.bind(store),
    find: store.find.bind(store),
    stats: store.stats.bind(store),
    retry: store.retry.bind(store),
    cancel: store.cancel.bind(store),
    remove: store.remove.bind(store),
  };
}

/** Does something to every worker before it is handed out. */
export function changeWorkers(adapter: QueueAdapter, change: (worker: Worker) => void): void {
  const work = adapter.work.bind(adapter);
  adapter.work = (handler, options) => {
    const worker = work(handler, options);
    change(worker);
    return worker;
  };
}

/** Replaces what is added before it is. */
export function changeAdds(adapter: QueueAdapter, change: (job: NewJob) => NewJob): void {
  const add = adapter.add.bind(adapter);
  adapter.add = (jobs) => add(jobs.map(change));
}

/** Replaces what is inserted before it is. */
export function changeInserts(store: JobStore, change: (job: JobToInsert) => JobToInsert): void {
  const { insert } = bound(store);
  store.insert = (jobs) => insert(jobs.map(change));
}

/** Replaces every settlement before it is stored. */
export function changeSettlements(store: JobStore, change: (settlement: Settlement) => Settlement): void {
  const { settle } = bound(store);
  store.settle = (settlements) => settle(settlements.map(change));
}
