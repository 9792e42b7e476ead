import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import { JobPriority } from '../../job.ts';
import type { NewJob } from '../../queue-adapter.ts';
import type { CaseContext } from '../case-context.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

const FLOOD = 100;
const FEW = 3;

function fair(count: number, name: string, job: Partial<NewJob> = {}): Partial<NewJob>[] {
  return Array.from({ length: count }, () => ({ name, isFair: true, ...job }));
}

/** Runs jobs until the few have run, and checks that each of them waited for no more of the flood than takes its turn with it. */
async function expectTurns(context: CaseContext): Promise<void> {
  const { probe } = context.work({ concurrency: 1, behave: () => null });
  const names = () => probe.starts.map((start) => start.context.job.name);
  await context.until(() => names().filter((name) => name === 'few').length === FEW, 'the few have run');
  let flood = 0;
  let nth = 0;
  for (const name of names()) {
    if (name === 'few') {
      nth += 1;
      assert.ok(flood <= nth + 1, `the few's job ${nth} came after ${flood} of the flood`);
    } else {
      flood += 1;
    }
  }
}

export const fairnessCases: readonly QueueAdapterCase[] = [
  {
    name: 'a key with few jobs takes its turn with the flood of another',
    needs: ['fairness'],
    async run(context) {
      await context.addAll(fair(FLOOD, 'flood', { groupKey: 'flood' }));
      await context.addAll(fair(FEW, 'few', { groupKey: 'few' }));
      await expectTurns(context);
    },
  },
  {
    name: 'jobs without a key take turns with those that have one',
    needs: ['fairness'],
    async run(context) {
      await context.addAll(fair(FLOOD, 'flood'));
      await context.addAll(fair(FEW, 'few', { groupKey: 'few' }));
      await expectTurns(context);
    },
  },
  {
    name: 'keys take turns when the moment comes that they are scheduled for',
    needs: ['fairness', 'scheduling'],
    async run(context) {
      const scheduledFor = context.harness.now() + 60_000;
      await context.addAll(fair(FLOOD, 'flood', { groupKey: 'flood', scheduledFor }));
      await context.addAll(fair(FEW, 'few', { groupKey: 'few', scheduledFor }));
      await context.advance(60_000 + context.harness.limits.toleranceMs);
      await expectTurns(context);
    },
  },
  {
    name: 'what a key has scheduled for later does not hold up what it has now',
    needs: ['fairness', 'scheduling'],
    async run(context) {
      const scheduledFor = context.harness.now() + 86_400_000;
      await context.addAll(fair(FEW, 'later', { groupKey: 'few', scheduledFor }));
      await context.addAll(fair(FLOOD, 'flood', { groupKey: 'flood' }));
      await context.addAll(fair(FEW, 'few', { groupKey: 'few' }));
      await expectTurns(context);
    },
  },
  {
    name: 'turns are taken within a priority, and no key goes before a higher one',
    needs: ['fairness', 'priorities'],
    async run(context) {
      await context.addAll(fair(5, 'flood', { groupKey: 'flood', priority: JobPriority.HIGH }));
      await context.addAll(fair(FEW, 'few', { groupKey: 'few', priority: JobPriority.LOW }));
      const { probe } = context.work({ concurrency: 1, behave: () => null });
      await context.started(probe, 5 + FEW);
      assert.deepEqual(
        probe.starts.map((start) => start.context.job.name),
        [...Array(5).fill('flood'), ...Array(FEW).fill('few')],
      );
    },
  },
  {
    name: 'a fair job is refused, because the adapter lets no keys take turns',
    lacks: 'fairness',
    async run(context) {
      const job = context.plain({ groupKey: 'few', isFair: true });
      await context.refuses(context.adapter.add([job]), QueueErrorCode.QUEUE_UNSUPPORTED);
      assert.equal((await context.adapter.findJobs({})).total, 0);
    },
  },
];
