import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JobCounts } from '../src/queue/job-counts.ts';
import { OpenStores } from './open-stores.ts';
import { isServerMissing } from './test-server.ts';

const WORKER = 'worker-1';

describe.skipIf(isServerMissing)('a page of jobs', () => {
  let stores: OpenStores;
  beforeEach(() => {
    stores = new OpenStores();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await stores.close();
  });

  it('also holds those that came to a status which none had when they were counted', async () => {
    const [store, other] = [stores.store(), stores.store()];
    await store.insert([stores.job(), stores.job(), stores.job()]);
    await other.heartbeat(WORKER, 60_000);
    const { all } = JobCounts.prototype;
    vi.spyOn(JobCounts.prototype, 'all').mockImplementationOnce(async function (this: JobCounts, queue) {
      const counts = await all.call(this, queue);
      await other.claim({ workerId: WORKER, limit: 2 });
      return counts;
    });
    const { jobs } = await store.find({ limit: 10, offset: 0, order: 'asc' });
    expect(jobs.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'job-1 processing',
      'job-2 processing',
      'job-3 pending',
    ]);
  });
});
