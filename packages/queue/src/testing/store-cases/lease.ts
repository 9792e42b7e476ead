import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { JobStoreCase } from '../job-store-case.ts';
import { LEASE_MS } from '../job-store-context.ts';

export const leaseCases: readonly JobStoreCase[] = [
  {
    name: 'jobs of a worker that sends heartbeats are never taken back',
    async run(context) {
      const { job } = await context.claimOne();
      for (let beat = 0; beat < 5; beat += 1) {
        await context.harness.advance(LEASE_MS - 1);
        assert.deepEqual(await context.store.reapExpired(5), []);
        await context.store.heartbeat('worker-1', LEASE_MS);
      }
      await context.expectStatus(job.id, 'processing');
    },
  },
  {
    name: 'all jobs of a silent worker are taken back when its lease is over, and only those',
    async run(context) {
      const lost = [await context.claimOne('silent'), await context.claimOne('silent')];
      await context.harness.advance(LEASE_MS - 1);
      const kept = await context.claimOne('alive');
      assert.deepEqual(await context.store.reapExpired(5), []);
      await context.harness.advance(1);
      const reaped = await context.store.reapExpired(5);
      assert.deepEqual(reaped.map(({ job }) => job.id).toSorted(), lost.map(({ job }) => job.id).toSorted());
      for (const { job, to } of reaped) {
        assert.deepEqual([to, job.status, job.attempts, job.crashes], ['pending', 'pending', 0, 1]);
        assert.equal(job.attemptLog[0]?.outcome, 'interrupted');
        await context.expectStatus(job.id, 'pending');
      }
      await context.expectStatus(kept.job.id, 'processing');
      assert.deepEqual(await context.store.reapExpired(5), []);
    },
  },
  {
    name: 'a job whose workers crashed as often as allowed fails',
    async run(context) {
      const [id] = await context.insert(1);
      for (let crash = 1; crash <= 3; crash += 1) {
        await context.claimNext(`worker-${crash}`);
        await context.harness.advance(LEASE_MS);
        const [reaped] = await context.store.reapExpired(3);
        assert.deepEqual(
          [reaped?.job.id, reaped?.to, reaped?.job.crashes],
          [id, crash < 3 ? 'pending' : 'failed', crash],
        );
      }
      assert.equal(
        (await context.expectStatus(id ?? '', 'failed')).error?.code,
        QueueErrorCode.QUEUE_JOB_POISON,
      );
      assert.deepEqual(await context.store.claim({ workerId: 'worker-4', limit: 1 }), []);
    },
  },
];
