import assert from 'node:assert/strict';
import { JobPriority } from '../../job.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

export const priorityCases: readonly QueueAdapterCase[] = [
  {
    name: 'the highest priority runs first, whatever the order of adding',
    needs: ['priorities'],
    async run(context) {
      const priorities = [
        JobPriority.NORMAL,
        JobPriority.CRITICAL,
        JobPriority.LOW,
        1000,
        JobPriority.HIGH,
        -1000,
        0,
      ];
      await context.addAll(priorities.map((priority) => ({ priority })));
      const { probe } = context.work({ concurrency: 1, behave: () => null });
      await context.started(probe, priorities.length);
      assert.deepEqual(
        probe.starts.map((start) => start.context.job.priority),
        [1000, 20, 10, 5, 1, 0, -1000],
      );
    },
  },
  {
    name: 'within a priority the oldest runs first',
    needs: ['priorities'],
    async run(context) {
      const names = ['low 1', 'high 1', 'low 2', 'high 2', 'low 3', 'high 3'];
      for (const name of names) {
        await context.add({ name, priority: name.startsWith('high') ? JobPriority.HIGH : JobPriority.LOW });
        await context.advance(1);
      }
      const { probe } = context.work({ concurrency: 1, behave: () => null });
      await context.started(probe, names.length);
      assert.deepEqual(
        probe.starts.map((start) => start.context.job.name),
        ['high 1', 'high 2', 'high 3', 'low 1', 'low 2', 'low 3'],
      );
    },
  },
  {
    name: 'an urgent job that comes later overtakes those that wait',
    needs: ['priorities'],
    async run(context) {
      const { probe } = context.work({ concurrency: 1 });
      await context.addAll([{ name: 'in hand' }, { name: 'waiting', priority: JobPriority.NORMAL }]);
      await context.started(probe, 1);
      await context.advance(60_000);
      await context.add({ name: 'urgent', priority: JobPriority.CRITICAL });
      probe.latest().complete();
      await context.started(probe, 2);
      assert.equal(probe.latest().context.job.name, 'urgent');
    },
  },
  {
    name: 'a job keeps its priority when its moment comes',
    needs: ['priorities', 'scheduling'],
    async run(context) {
      const moment = context.harness.now() + 1000;
      await context.addAll([
        { name: 'scheduled low', priority: JobPriority.LOW, scheduledFor: moment },
        { name: 'scheduled high', priority: JobPriority.HIGH, scheduledFor: moment },
        { name: 'waiting', priority: JobPriority.NORMAL },
      ]);
      await context.advance(2000);
      const { probe } = context.work({ concurrency: 1, behave: () => null });
      await context.started(probe, 3);
      assert.deepEqual(
        probe.starts.map((start) => start.context.job.name),
        ['scheduled high', 'waiting', 'scheduled low'],
      );
    },
  },
  {
    name: 'a priority that is no whole number from -1000 to 1000 is refused',
    needs: ['priorities'],
    async run(context) {
      for (const priority of [1001, -1001, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await context.refuses(context.adapter.add([context.plain({ priority })]));
      }
      assert.equal((await context.adapter.findJobs({})).total, 0);
    },
  },
  {
    name: 'a priority is refused, because the adapter has none',
    lacks: 'priorities',
    async run(context) {
      await context.refuses(
        context.adapter.add([context.plain({ priority: JobPriority.HIGH })]),
        'QUEUE_UNSUPPORTED',
      );
    },
  },
];
