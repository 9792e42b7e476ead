import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { NewJob } from '../../queue-adapter.ts';
import type { CaseContext, ProbedWorker } from '../case-context.ts';
import type { ProbedStart } from '../handler-probe.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

interface StalledRun {
  readonly id: string;
  /** What the stalled worker still has in hand. */
  readonly stalled: ProbedStart;
  /** A sound worker that waits for the job. */
  readonly heir: ProbedWorker;
}

/** A job whose worker stalled while running it, with another worker waiting for it. */
async function stallOne(context: CaseContext, job: Partial<NewJob> = {}): Promise<StalledRun> {
  const first = context.work();
  const { id } = await context.add(job);
  await context.started(first.probe);
  await context.harness.stallWorkers();
  return { id, stalled: first.probe.latest(), heir: context.work() };
}

/** The same, after the lease is over and the heir has started the job. */
async function inherit(context: CaseContext, job: Partial<NewJob> = {}): Promise<StalledRun> {
  const run = await stallOne(context, job);
  await context.advance(context.harness.limits.leaseOverMs);
  await context.started(run.heir.probe);
  return run;
}

export const leaseCases: readonly QueueAdapterCase[] = [
  {
    name: 'a job of a dead worker runs again when its lease is over, and not before',
    async run(context) {
      const { leaseHeldMs, leaseOverMs } = context.harness.limits;
      // How much of the lease is left when a worker stalls depends on when its last heartbeat was: stall at several moments between two.
      for (const part of [0, 0.3, 0.6, 0.9]) {
        const worker = context.work();
        const { id } = await context.add();
        await context.started(worker.probe);
        await context.advance((leaseOverMs - leaseHeldMs) * part);
        await context.harness.stallWorkers();
        const heir = context.work();
        await context.advance(leaseHeldMs - 1);
        assert.deepEqual(heir.probe.startedIds, []);
        await context.advance(leaseOverMs - leaseHeldMs + 1);
        await context.started(heir.probe);
        heir.probe.latest().complete('by the heir');
        assert.equal((await context.reaches(id, 'completed')).result, 'by the heir');
        await context.inTime(heir.worker.stop(), 'the heir stops');
      }
    },
  },
  {
    name: 'a job may run longer than the lease while its worker lives',
    async run(context) {
      const { probe } = context.work();
      const job = await context.add();
      await context.started(probe);
      context.work();
      await context.advance(context.harness.limits.leaseOverMs * 3);
      probe.latest().complete('slow but alive');
      const completed = await context.reaches(job.id, 'completed');
      assert.deepEqual([completed.attempts, completed.crashes, completed.attemptLog.length], [1, 0, 1]);
    },
  },
  {
    name: 'a crash costs no retry and is counted apart',
    async run(context) {
      const heard = context.listen('job:released');
      const { id, heir } = await inherit(context, { maxRetries: 1 });
      assert.deepEqual(
        heard.map(({ event }) => event.jobId),
        [id],
      );
      const running = await context.reaches(id, 'processing');
      assert.deepEqual([running.attempts, running.crashes], [1, 1]);
      assert.deepEqual(
        running.attemptLog.map(({ outcome }) => outcome),
        ['interrupted', 'running'],
      );
      heir.probe.latest().fail(new Error('first real failure'));
      await context.reaches(id, 'retrying');
      await context.advance(1000 + context.harness.limits.toleranceMs);
      await context.started(heir.probe, 2);
      heir.probe.latest().fail(new Error('second real failure'));
      const failed = await context.reaches(id, 'failed');
      assert.deepEqual([failed.attempts, failed.crashes], [2, 1]);
    },
  },
  {
    name: 'the late success of a worker that lost its lease is refused and recorded',
    async run(context) {
      const heard = context.listen('job:late', 'job:completed');
      const { id, stalled, heir } = await inherit(context);
      stalled.complete('by the dead');
      await context.until(
        async () => (await context.job(id)).attemptLog.some(({ outcome }) => outcome === 'late'),
        'it is recorded',
      );
      const running = await context.job(id);
      assert.deepEqual([running.status, running.result, running.attempts], ['processing', null, 1]);
      await context.until(() => heard.length > 0, 'the event came');
      assert.deepEqual(
        heard.map(({ name, event }) => [name, event.jobId]),
        [['job:late', id]],
      );
      heir.probe.latest().complete('by the heir');
      assert.equal((await context.reaches(id, 'completed')).result, 'by the heir');
    },
  },
  {
    name: 'a late success after the job was completed by another changes nothing',
    async run(context) {
      const { id, stalled, heir } = await inherit(context);
      heir.probe.latest().complete('by the heir');
      await context.reaches(id, 'completed');
      stalled.complete('by the dead');
      await context.quiet();
      const completed = await context.job(id);
      assert.deepEqual([completed.status, completed.result], ['completed', 'by the heir']);
      assert.equal((await context.adapter.getStats()).completed, 1);
    },
  },
  {
    name: 'the late failure of a worker that lost its lease is refused',
    async run(context) {
      const { id, stalled, heir } = await inherit(context, { maxRetries: 3 });
      stalled.fail(new Error('of the dead'));
      await context.advance(5000);
      const running = await context.job(id);
      assert.deepEqual([running.status, running.error], ['processing', null]);
      assert.equal(heir.probe.timesStarted(id), 1);
    },
  },
  {
    name: 'progress, log and deliveries of a worker that lost its lease are refused',
    async run(context) {
      const { id, stalled } = await inherit(context);
      const { progress, log, saveDeliveries } = stalled.context;
      await context.refuses(progress(90), QueueErrorCode.QUEUE_LEASE_LOST);
      await context.refuses(log('still here'), QueueErrorCode.QUEUE_LEASE_LOST);
      await context.refuses(saveDeliveries([]), QueueErrorCode.QUEUE_LEASE_LOST);
      const running = await context.job(id);
      assert.deepEqual([running.progress, running.logs], [null, []]);
      assert.equal(stalled.context.signal.aborted, true);
    },
  },
  {
    name: 'a job that kills its workers again and again fails in the end',
    async run(context) {
      const { maxCrashes, leaseOverMs } = context.harness.limits;
      const job = await context.add({ maxRetries: 5 });
      for (let crash = 1; crash <= maxCrashes; crash += 1) {
        const { probe } = context.work();
        await context.started(probe);
        await context.harness.stallWorkers();
        context.work({ queues: ['another'] });
        await context.advance(leaseOverMs);
      }
      const failed = await context.reaches(job.id, 'failed');
      assert.deepEqual([failed.crashes, failed.error?.code], [maxCrashes, QueueErrorCode.QUEUE_JOB_POISON]);
      assert.equal(failed.nextRunAt, null);
      const { probe } = context.work();
      await context.quiet();
      assert.deepEqual(probe.startedIds, []);
    },
  },
];
