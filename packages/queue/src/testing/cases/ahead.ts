import assert from 'node:assert/strict';
import type { QueueJob } from '../../job.ts';
import { JobPriority } from '../../job.ts';
import type { CaseContext } from '../case-context.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

async function countAhead({ adapter }: CaseContext, id: string): Promise<number | null> {
  assert.ok(adapter.countAhead, 'an adapter that is not said to lack it has `countAhead`');
  return adapter.countAhead(id);
}

async function countsAhead(context: CaseContext, jobs: readonly QueueJob[]): Promise<(number | null)[]> {
  const counts: (number | null)[] = [];
  for (const { id } of jobs) counts.push(await countAhead(context, id));
  return counts;
}

export const aheadCases: readonly QueueAdapterCase[] = [
  {
    name: 'the jobs ahead of a waiting one are told, and become fewer as they are started',
    needs: ['countAhead'],
    async run(context) {
      const jobs = await context.addAll([{}, {}, {}]);
      await context.addAll([{ queue: 'other' }, { queue: 'other' }]);
      assert.deepEqual(await countsAhead(context, jobs), [0, 1, 2]);
      const { probe } = context.work({ concurrency: 1, queues: ['default'] });
      await context.started(probe, 1);
      assert.deepEqual(await countsAhead(context, jobs), [null, 0, 1]);
    },
  },
  {
    name: 'jobs of a higher priority are ahead, those of a lower one are not',
    needs: ['countAhead', 'priorities'],
    async run(context) {
      const priorities = [JobPriority.LOW, JobPriority.HIGH, JobPriority.NORMAL, JobPriority.HIGH];
      const jobs = await context.addAll(priorities.map((priority) => ({ priority })));
      assert.deepEqual(await countsAhead(context, jobs), [3, 0, 2, 1]);
    },
  },
  {
    name: 'nothing is told ahead of a job that is not due, has ended or is not kept',
    needs: ['countAhead', 'scheduling'],
    async run(context) {
      const later = await context.add({ scheduledFor: context.harness.now() + 60_000 });
      const ended = await context.runOnce({}, { result: null });
      assert.deepEqual(await countsAhead(context, [later, ended]), [null, null]);
      assert.equal(await countAhead(context, 'nobody'), null);
    },
  },
  {
    name: 'nobody is told what is ahead, because the adapter cannot',
    lacks: 'countAhead',
    run: async ({ adapter }) => assert.equal(adapter.countAhead, undefined),
  },
];
