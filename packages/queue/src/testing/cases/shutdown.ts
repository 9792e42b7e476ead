import assert from 'node:assert/strict';
import { QueueErrorCode } from '../../errors.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

export const shutdownCases: readonly QueueAdapterCase[] = [
  {
    name: 'a stopping worker takes nothing new and waits for the job in hand',
    async run(context) {
      const { probe, worker } = context.work({ concurrency: 1 });
      const [first, second] = await context.addAll([{}, {}]);
      await context.started(probe);
      const stopping = worker.stop();
      assert.ok(await context.isOpen(stopping), 'stop waits');
      probe.latest().complete('drained');
      await context.inTime(stopping, 'stop resolves');
      assert.equal((await context.reaches(first?.id ?? '', 'completed')).result, 'drained');
      assert.equal((await context.job(second?.id ?? '')).status, 'pending');
      assert.equal(probe.starts.length, 1);
      assert.equal(worker.running, 0);
    },
  },
  {
    name: 'a stop that lasts too long aborts the job and gives it back, which costs no retry',
    async run(context) {
      const { limits } = context.harness;
      const { probe, worker } = context.work();
      const job = await context.add({ maxRetries: 0 });
      await context.started(probe);
      const stopping = worker.stop();
      await context.advance(limits.shutdownTimeoutMs + limits.toleranceMs);
      await context.inTime(stopping, 'stop resolves');
      assert.equal(probe.latest().context.signal.aborted, true);
      const released = await context.reaches(job.id, 'pending');
      assert.deepEqual(
        [released.attempts, released.crashes, released.attemptLog[0]?.outcome],
        [0, 0, 'interrupted'],
      );
      probe.latest().complete('too late');
      const heir = context.work();
      await context.started(heir.probe);
      heir.probe.latest().complete('by the heir');
      const completed = await context.reaches(job.id, 'completed');
      assert.deepEqual([completed.result, completed.attempts], ['by the heir', 1]);
    },
  },
  {
    name: 'a second stop gives the promise of the first',
    async run(context) {
      const { worker } = context.work();
      const first = worker.stop();
      assert.equal(worker.stop(), first);
      await context.inTime(first, 'stop resolves');
      await context.inTime(worker.stop(), 'stop resolves again');
    },
  },
  {
    name: 'a stopped worker takes no job that is added later',
    async run(context) {
      const { probe, worker } = context.work();
      await context.inTime(worker.stop(), 'stop resolves');
      await context.add();
      await context.advance(10_000);
      assert.deepEqual(probe.startedIds, []);
    },
  },
  {
    name: 'close waits for the jobs in hand, as stop does',
    async run(context) {
      const { probe } = context.work();
      await context.add();
      await context.started(probe);
      const closing = context.adapter.close();
      assert.ok(await context.isOpen(closing), 'close waits');
      probe.latest().complete('drained');
      await context.inTime(closing, 'close resolves');
    },
  },
  {
    name: 'close aborts what lasts too long',
    async run(context) {
      const { limits } = context.harness;
      const { probe } = context.work();
      await context.add();
      await context.started(probe);
      const closing = context.adapter.close();
      await context.advance(limits.shutdownTimeoutMs + limits.toleranceMs);
      await context.inTime(closing, 'close resolves');
      assert.equal(probe.latest().context.signal.aborted, true);
    },
  },
  {
    name: 'an add is refused from the call of close on',
    async run(context) {
      const { probe } = context.work();
      await context.add();
      await context.started(probe);
      const closing = context.adapter.close();
      await context.refuses(context.adapter.add([context.plain()]), QueueErrorCode.QUEUE_CLOSED);
      probe.latest().complete();
      await context.inTime(closing, 'close resolves');
      await context.refuses(context.adapter.add([context.plain()]), QueueErrorCode.QUEUE_CLOSED);
    },
  },
  {
    name: 'an add that was accepted before close is stored',
    async run(context) {
      const adding = context.adapter.add([context.plain({ id: 'just in time' })]);
      const closing = context.adapter.close();
      const [job] = await context.inTime(adding, 'add resolves');
      assert.equal(job?.id, 'just in time');
      await context.inTime(closing, 'close resolves');
    },
  },
  {
    name: 'close may be called as often as one likes',
    async run(context) {
      await context.inTime(Promise.all([context.adapter.close(), context.adapter.close()]), 'both resolve');
      await context.inTime(context.adapter.close(), 'a later one resolves');
    },
  },
];
