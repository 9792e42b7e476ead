import assert from 'node:assert/strict';
import type { QueueSelection } from '../../job-store.ts';
import type { JobStoreCase } from '../job-store-case.ts';
import { LEASE_MS } from '../job-store-context.ts';

export const wakeCases: readonly JobStoreCase[] = [
  {
    name: 'the next due moment is told to the millisecond',
    async run(context) {
      assert.equal(await context.store.msUntilNextDue(), null);
      const now = context.harness.now();
      await context.insert(1, { scheduledFor: now + 90_000, queue: 'later' });
      await context.insert(1, { scheduledFor: now + 30_000, queue: 'sooner' });
      await context.harness.advance(10_000);
      assert.equal(await context.store.msUntilNextDue(), now + 30_000 - context.harness.now());
      assert.equal(
        await context.store.msUntilNextDue({ queues: ['later'] }),
        now + 90_000 - context.harness.now(),
      );
      assert.equal(await context.store.msUntilNextDue({ queues: ['never used'] }), null);
      const [due] = await context.insert(1, { queue: 'later' });
      assert.equal(await context.store.msUntilNextDue(), 0);
      await context.store.remove(due ?? '');
      assert.notEqual(await context.store.msUntilNextDue(), 0);
    },
  },
  {
    name: 'the next due moment is told without the queues that are left out',
    async run(context) {
      const now = context.harness.now();
      await context.insert(1, { queue: 'paused' });
      await context.insert(1, { queue: 'mail', scheduledFor: now + 30_000 });
      const left = async (selection: QueueSelection) => {
        const ms = await context.store.msUntilNextDue(selection);
        return ms === null ? null : context.harness.now() + ms;
      };
      assert.equal(await left({ exceptQueues: ['paused'] }), now + 30_000);
      assert.equal(await left({ queues: ['paused', 'mail'], exceptQueues: ['paused'] }), now + 30_000);
      assert.equal(await left({ queues: ['paused'], exceptQueues: ['paused'] }), null);
      assert.equal(await context.store.msUntilNextDue({ exceptQueues: ['mail'] }), 0);
    },
  },
  {
    name: 'whatever may make a job due wakes those who wait, until they no longer want it',
    async run(context) {
      let wakes = 0;
      const undo = context.store.onWake(() => {
        wakes += 1;
      });
      const expectWake = async (what: string, action: () => Promise<unknown>) => {
        const before = wakes;
        await action();
        for (let look = 0; look < 100 && wakes === before; look += 1) await context.harness.advance(0);
        assert.ok(wakes > before, `${what} wakes`);
      };
      await expectWake('an insert', () => context.insert(1));
      const claimed = await context.claimNext('worker-1');
      await expectWake('a job given back', () => context.store.settle([context.givenBack(claimed.fence)]));
      const again = await context.claimNext('worker-1');
      await expectWake('a planned retry', () => context.store.settle([context.retrying(again.fence, 1000)]));
      await expectWake('a retry by hand', () => context.store.retry(again.job.id));
      await context.claimNext('worker-1');
      await context.harness.advance(LEASE_MS);
      await expectWake('a job taken back', () => context.store.reapExpired(5));
      undo();
      const before = wakes;
      await context.insert(1);
      for (let look = 0; look < 5; look += 1) await context.harness.advance(0);
      assert.equal(wakes, before);
    },
  },
];
