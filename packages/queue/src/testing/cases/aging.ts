import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import { JobPriority } from '../../job.ts';
import type { CaseContext } from '../case-context.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

const MINUTE = 60_000;
/** From low to high, ageing a step of priority a minute. */
const STEPS = JobPriority.HIGH - JobPriority.LOW;

/** Runs so many waiting jobs one by one and tells their names in that order. */
async function runAll(context: CaseContext, count: number): Promise<string[]> {
  const { probe } = context.work({ concurrency: 1, behave: () => null });
  await context.started(probe, count);
  return probe.starts.map((start) => start.context.job.name);
}

export const agingCases: readonly QueueAdapterCase[] = [
  {
    name: 'an ageing job that waited long enough goes before a fresh one of a higher priority',
    needs: ['priorities', 'scheduling', 'aging'],
    async run(context) {
      const now = context.harness.now();
      const low = { priority: JobPriority.LOW, agingMs: MINUTE, scheduledFor: now + MINUTE };
      const high = { priority: JobPriority.HIGH, agingMs: MINUTE };
      const overtaken = now + MINUTE + STEPS * MINUTE;
      await context.addAll([
        { ...low, name: 'low' },
        { ...high, name: 'a millisecond older', scheduledFor: overtaken - 1 },
        { ...high, name: 'fresh', scheduledFor: overtaken },
      ]);
      await context.advance((STEPS + 2) * MINUTE);
      assert.deepEqual(await runAll(context, 3), ['a millisecond older', 'low', 'fresh']);
    },
  },
  {
    name: 'a job that does not age waits behind a higher priority however long it has waited',
    needs: ['priorities'],
    async run(context) {
      await context.add({ name: 'low', priority: JobPriority.LOW });
      await context.advance(10 * STEPS * MINUTE);
      await context.add({ name: 'high', priority: JobPriority.HIGH });
      assert.deepEqual(await runAll(context, 2), ['high', 'low']);
    },
  },
  {
    name: 'an ageing that is no whole number of milliseconds from 1 to 30 days is refused',
    needs: ['aging'],
    async run(context) {
      for (const agingMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 30 * 86_400_000 + 1]) {
        const job = context.plain({ agingMs });
        await context.refuses(context.adapter.add([job]), QueueErrorCode.QUEUE_JOB_INVALID);
      }
      assert.equal((await context.adapter.findJobs({})).total, 0);
    },
  },
  {
    name: 'an ageing job is refused, because the adapter cannot weigh waiting against priority',
    lacks: 'aging',
    async run(context) {
      const job = context.plain({ agingMs: MINUTE });
      await context.refuses(context.adapter.add([job]), QueueErrorCode.QUEUE_UNSUPPORTED);
      assert.equal((await context.adapter.findJobs({})).total, 0);
    },
  },
];
