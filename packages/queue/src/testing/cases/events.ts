import assert from 'node:assert/strict';
import type { JobEvent, JobEventName } from '../../events.ts';
import type { CaseContext } from '../case-context.ts';
import type { RawJob } from '../harness.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

const ALL: JobEventName[] = [
  'job:enqueued',
  'job:started',
  'job:progress',
  'job:completed',
  'job:retrying',
  'job:failed',
  'job:cancelled',
  'job:released',
  'job:late',
  'job:deleted',
];

/** Reads the backend whenever one of the events comes, and keeps what was seen beside what was said. */
function watchBackend(context: CaseContext, names: readonly JobEventName[]) {
  const seen: { name: JobEventName; event: JobEvent; raw: RawJob | null }[] = [];
  for (const name of names) {
    context.adapter.on(name, (event) => {
      void context.harness.inspect(event.jobId).then((raw) => seen.push({ name, event, raw }));
    });
  }
  return seen;
}

export const eventCases: readonly QueueAdapterCase[] = [
  {
    name: 'the life of a job is told in order, each event after its change is stored',
    async run(context) {
      const seen = watchBackend(context, ALL);
      const { probe } = context.work();
      const job = await context.add({ maxRetries: 1 });
      await context.started(probe, 1);
      probe.latest().fail(new Error('once'));
      await context.reaches(job.id, 'retrying');
      await context.advance(1000 + context.harness.limits.toleranceMs);
      await context.started(probe, 2);
      await context.inTime(probe.latest().context.progress(50), 'progress is stored');
      probe.latest().complete();
      await context.reaches(job.id, 'completed');
      await context.adapter.deleteJob(job.id);
      await context.until(() => seen.length >= 7, 'all events came');
      assert.deepEqual(
        seen.map(({ name }) => name),
        [
          'job:enqueued',
          'job:started',
          'job:retrying',
          'job:started',
          'job:progress',
          'job:completed',
          'job:deleted',
        ],
      );
      for (const { name, event, raw } of seen.slice(1)) {
        assert.equal(raw?.status, name === 'job:deleted' ? undefined : event.status, `backend on ${name}`);
      }
      assert.ok(seen[0]?.raw, 'the job is stored when it is announced');
    },
  },
  {
    name: 'an event carries ids and states of its job, never its payload',
    async run(context) {
      const heard = context.listen(...ALL);
      const job = await context.add({
        queue: 'mail',
        name: 'Welcome',
        payload: 'a secret payload',
        owner: 'ada',
      });
      const { probe } = context.work();
      await context.started(probe);
      probe.latest().complete('a secret result');
      await context.reaches(job.id, 'completed');
      await context.until(() => heard.length >= 3, 'all events came');
      assert.deepEqual(
        heard.map(({ event: { jobId, queue, type, name, status, attempts } }) => [
          jobId,
          queue,
          type,
          name,
          status,
          attempts,
        ]),
        [
          [job.id, 'mail', 'test.job', 'Welcome', 'pending', 0],
          [job.id, 'mail', 'test.job', 'Welcome', 'processing', 1],
          [job.id, 'mail', 'test.job', 'Welcome', 'completed', 1],
        ],
      );
      for (const { event } of heard) {
        assert.ok(event.at instanceof Date);
        assert.equal(JSON.stringify(event).includes('secret'), false);
      }
    },
  },
  {
    name: 'a failure is told with its reason, and with the wait when a retry is planned',
    async run(context) {
      const heard = context.listen('job:retrying', 'job:failed');
      const { probe } = context.work();
      const job = await context.add({ maxRetries: 1 });
      await context.started(probe, 1);
      probe.latest().fail(new Error('no route'));
      await context.reaches(job.id, 'retrying');
      await context.advance(1000 + context.harness.limits.toleranceMs);
      await context.started(probe, 2);
      probe.latest().fail(new Error('no luck'));
      await context.reaches(job.id, 'failed');
      await context.until(() => heard.length >= 2, 'both events came');
      const [retrying, failed] = heard;
      assert.ok(retrying && 'delayMs' in retrying.event && failed && 'reason' in failed.event);
      assert.deepEqual([retrying.name, retrying.event.delayMs], ['job:retrying', 1000]);
      assert.match(retrying.event.reason, /no route/);
      assert.equal(failed.name, 'job:failed');
      assert.match(failed.event.reason, /no luck/);
    },
  },
  {
    name: 'a cancel is told once, and nothing of the job after it',
    async run(context) {
      const heard = context.listen(...ALL);
      const job = await context.add();
      await context.adapter.cancelJob(job.id);
      context.work();
      await context.quiet();
      assert.deepEqual(
        heard.map(({ name, event }) => [name, event.status]),
        [
          ['job:enqueued', 'pending'],
          ['job:cancelled', 'cancelled'],
        ],
      );
    },
  },
  {
    name: 'a job given back is told as released',
    async run(context) {
      const heard = context.listen('job:released');
      const { probe, worker } = context.work();
      const job = await context.add();
      await context.started(probe);
      const stopping = worker.stop();
      await context.advance(context.harness.limits.shutdownTimeoutMs + context.harness.limits.toleranceMs);
      await context.inTime(stopping, 'stop resolves');
      await context.until(() => heard.length > 0, 'the event came');
      assert.deepEqual(
        heard.map(({ event }) => [event.jobId, event.status]),
        [[job.id, 'pending']],
      );
    },
  },
  {
    name: 'a listener that was taken off hears nothing more',
    async run(context) {
      let heard = 0;
      const off = context.adapter.on('job:enqueued', () => {
        heard += 1;
      });
      await context.add();
      await context.until(() => heard === 1, 'the event came');
      off();
      off();
      await context.add();
      await context.quiet();
      assert.equal(heard, 1);
    },
  },
  {
    name: 'a listener that throws breaks neither the queue nor other listeners',
    async run(context) {
      for (const name of ALL) {
        context.adapter.on(name, () => {
          throw new Error('a broken listener');
        });
      }
      const heard = context.listen('job:completed');
      const job = await context.runOnce({}, { result: 'done' });
      assert.deepEqual([job.status, job.result], ['completed', 'done']);
      await context.until(() => heard.length === 1, 'the other listener hears it');
    },
  },
];
