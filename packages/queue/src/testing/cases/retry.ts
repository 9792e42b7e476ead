import assert from 'node:assert/strict';
import { TownKrierError } from '@townkrier/core';
import type { StoredBackoff } from '../../backoff.ts';
import { NonRetryableError, QueueErrorCode, RetryLaterError } from '../../errors.ts';
import type { CaseContext } from '../case-context.ts';
import type { QueueAdapterCase } from '../queue-adapter-case.ts';

/** A policy of a second, doubling, without chance. */
const DOUBLING: StoredBackoff = {
  type: 'exponential',
  delay: 1000,
  factor: 2,
  maxDelay: 86_400_000,
  jitter: 'none',
};

/** Adds a job that always fails and checks that each retry comes exactly when its wait is over. */
async function expectWaits(
  context: CaseContext,
  backoff: StoredBackoff,
  waits: readonly number[],
): Promise<void> {
  const { toleranceMs } = context.harness.limits;
  const { probe } = context.work();
  const job = await context.add({ backoff, maxRetries: waits.length });
  await context.started(probe);
  for (const [index, wait] of waits.entries()) {
    probe.latest().fail(new Error('still broken'));
    const waiting = await context.reaches(job.id, 'retrying');
    const due = waiting.nextRunAt?.getTime() ?? Number.NaN;
    assert.equal(waiting.attemptLog.at(-1)?.retryDelayMs, wait, `wait before retry ${index + 1}`);
    await context.advance(due - context.harness.now() - 1);
    assert.equal(probe.starts.length, index + 1, `retry ${index + 1} came early`);
    await context.advance(1 + toleranceMs);
    await context.started(probe, index + 2);
    const failedAt = waiting.attemptLog.at(-1)?.finishedAt?.getTime() ?? Number.NaN;
    assert.ok(
      probe.latest().at - failedAt >= wait,
      `retry ${index + 1} came ${probe.latest().at - failedAt} ms after the failure`,
    );
  }
  probe.latest().fail(new Error('still broken'));
  await context.reaches(job.id, 'failed');
}

export const retryCases: readonly QueueAdapterCase[] = [
  ...[0, 1, 3].map(
    (maxRetries): QueueAdapterCase => ({
      name: `with maxRetries ${maxRetries} a job that always fails is tried ${maxRetries + 1} times`,
      async run(context) {
        const job = await context.add({ maxRetries, backoff: { ...DOUBLING, type: 'fixed' } });
        const { probe } = context.work({
          behave: () => {
            throw new Error('always');
          },
        });
        for (let retry = 0; retry <= maxRetries + 1; retry += 1) {
          await context.quiet();
          await context.advance(1000 + context.harness.limits.toleranceMs);
        }
        const failed = await context.reaches(job.id, 'failed');
        assert.equal(probe.timesStarted(job.id), maxRetries + 1);
        assert.deepEqual([failed.attempts, failed.maxRetries], [maxRetries + 1, maxRetries]);
      },
    }),
  ),
  {
    name: 'exponential waits double before each retry, and no retry comes early',
    run: (context) => expectWaits(context, DOUBLING, [1000, 2000, 4000]),
  },
  {
    name: 'exponential waits grow by the factor of the policy, up to its longest wait',
    run: (context) => expectWaits(context, { ...DOUBLING, factor: 3, maxDelay: 5000 }, [1000, 3000, 5000]),
  },
  {
    name: 'fixed waits stay the same',
    run: (context) => expectWaits(context, { ...DOUBLING, type: 'fixed' }, [1000, 1000]),
  },
  {
    name: 'with full jitter a wait lies between none and the whole',
    async run(context) {
      const jobs = await context.addAll(
        Array.from({ length: 20 }, () => ({
          maxRetries: 1,
          backoff: { ...DOUBLING, delay: 50_000, jitter: 'full' as const },
        })),
      );
      context.work({
        concurrency: 20,
        behave: () => {
          throw new Error('always');
        },
      });
      await context.quiet();
      for (const { id } of jobs) {
        const wait = (await context.job(id)).attemptLog[0]?.retryDelayMs ?? Number.NaN;
        assert.ok(wait >= 0 && wait <= 50_000, `wait of ${wait} ms`);
      }
    },
  },
  {
    name: 'a job between two tries is retrying, with the error and the moment of the next',
    async run(context) {
      const job = await context.runOnce({ maxRetries: 2 }, { error: new TypeError('no route') });
      assert.equal(job.status, 'retrying');
      assert.deepEqual([job.error?.name, job.error?.message], ['TypeError', 'no route']);
      const failedAt = job.attemptLog[0]?.finishedAt?.getTime() ?? Number.NaN;
      assert.equal(job.nextRunAt?.getTime(), failedAt + 1000);
      assert.equal(job.failedAt, null);
      assert.deepEqual(await context.harness.inspect(job.id), { status: 'retrying', attempts: 1 });
    },
  },
  {
    name: 'a failed job keeps name, message, code and causes of its last error',
    async run(context) {
      const cause = new Error('connect refused', { cause: new Error('cable cut') });
      const error = new TownKrierError('provider down', { code: 'PROVIDER_DOWN', cause });
      const job = await context.runOnce({}, { error });
      assert.equal(job.status, 'failed');
      assert.deepEqual(
        [job.error?.name, job.error?.message, job.error?.code],
        ['TownKrierError', 'provider down', 'PROVIDER_DOWN'],
      );
      assert.match(job.error?.causes?.join('; ') ?? '', /connect refused; .*cable cut/);
      assert.ok(job.failedAt);
      assert.equal(job.nextRunAt, null);
    },
  },
  {
    name: 'a handler that throws something other than an error fails its try all the same',
    async run(context) {
      for (const error of ['just text', undefined, null, 42]) {
        const job = await context.runOnce({}, { error });
        assert.equal(job.status, 'failed');
        assert.equal(typeof job.error?.message, 'string');
      }
    },
  },
  {
    name: 'every try leaves an entry in the attempt log',
    async run(context) {
      const { probe } = context.work();
      const job = await context.add({ maxRetries: 2 });
      await context.started(probe, 1);
      probe.latest().fail(new Error('first'));
      await context.reaches(job.id, 'retrying');
      await context.advance(1000 + context.harness.limits.toleranceMs);
      await context.started(probe, 2);
      probe.latest().complete('well');
      const { attemptLog } = await context.reaches(job.id, 'completed');
      assert.deepEqual(
        attemptLog.map(({ attempt, outcome, error, retryDelayMs }) => [
          attempt,
          outcome,
          error?.message ?? null,
          retryDelayMs,
        ]),
        [
          [1, 'retried', 'first', 1000],
          [2, 'completed', null, null],
        ],
      );
      for (const { startedAt, finishedAt } of attemptLog) assert.ok(finishedAt && finishedAt >= startedAt);
    },
  },
  {
    name: 'a job keeps the newest 50 entries of its attempt log',
    async run(context) {
      const job = await context.add();
      let tries = 0;
      context.work({
        behave: () => {
          tries += 1;
          if (tries < 55) throw new RetryLaterError(0, `try ${tries}`);
        },
      });
      for (let round = 0; round < 55; round += 1) await context.advance(context.harness.limits.toleranceMs);
      const { attemptLog } = await context.reaches(job.id, 'completed');
      assert.equal(attemptLog.length, 50);
      assert.deepEqual([attemptLog[0]?.error?.message, attemptLog.at(-1)?.outcome], ['try 6', 'completed']);
    },
  },
  {
    name: 'a job that succeeds after a failure keeps no error',
    async run(context) {
      const { probe } = context.work();
      const job = await context.add({ maxRetries: 1 });
      await context.started(probe, 1);
      probe.latest().fail(new Error('once'));
      await context.reaches(job.id, 'retrying');
      await context.advance(1000 + context.harness.limits.toleranceMs);
      await context.started(probe, 2);
      probe.latest().complete();
      const completed = await context.reaches(job.id, 'completed');
      assert.deepEqual([completed.error, completed.attempts], [null, 2]);
    },
  },
  {
    name: 'a NonRetryableError fails the job at once, whatever retries are left',
    async run(context) {
      const job = await context.runOnce(
        { maxRetries: 5 },
        { error: new NonRetryableError('the invoice is gone') },
      );
      assert.deepEqual([job.status, job.attempts, job.error?.message], ['failed', 1, 'the invoice is gone']);
      assert.equal(job.attemptLog[0]?.outcome, 'failed');
    },
  },
  {
    name: 'an error derived from NonRetryableError or RetryLaterError steers the job as its parent does',
    async run(context) {
      class InvoiceGoneError extends NonRetryableError {}
      class ProviderBusyError extends RetryLaterError {}
      const gone = await context.runOnce({ maxRetries: 5 }, { error: new InvoiceGoneError('gone') });
      assert.deepEqual([gone.status, gone.error?.name], ['failed', 'InvoiceGoneError']);
      const busy = await context.runOnce({ maxRetries: 0 }, { error: new ProviderBusyError(7000) });
      assert.deepEqual([busy.status, busy.attempts], ['retrying', 0]);
    },
  },
  {
    name: 'a RetryLaterError postpones the job by its own wait and uses up no retry',
    async run(context) {
      const { probe } = context.work();
      const job = await context.add({ maxRetries: 0 });
      for (let round = 1; round <= 3; round += 1) {
        await context.started(probe, round);
        probe.latest().fail(new RetryLaterError(7000));
        const postponed = await context.reaches(job.id, 'retrying');
        assert.deepEqual([postponed.attempts, postponed.attemptLog.at(-1)?.outcome], [0, 'postponed']);
        await context.advance((postponed.nextRunAt?.getTime() ?? Number.NaN) - context.harness.now() - 1);
        assert.equal(probe.starts.length, round, 'postponed job came early');
        await context.advance(1 + context.harness.limits.toleranceMs);
      }
      await context.started(probe, 4);
      probe.latest().complete();
      assert.equal((await context.reaches(job.id, 'completed')).attempts, 1);
    },
  },
  {
    name: 'a try that takes longer than its timeout is aborted and fails',
    async run(context) {
      const { probe } = context.work();
      const job = await context.add({ timeout: 2000 });
      await context.started(probe);
      const { signal } = probe.latest().context;
      await context.advance(1900);
      assert.equal(signal.aborted, false);
      await context.advance(100 + context.harness.limits.toleranceMs);
      await context.until(() => signal.aborted, 'the signal aborts');
      assert.equal((await context.reaches(job.id, 'failed')).error?.code, QueueErrorCode.QUEUE_JOB_TIMEOUT);
    },
  },
  {
    name: 'a hung try that reports while the next one runs does not end it',
    async run(context) {
      const { probe, worker } = context.work();
      const job = await context.add({ timeout: 2000, maxRetries: 1 });
      await context.started(probe, 1);
      const hung = probe.latest();
      await context.advance(2000 + context.harness.limits.toleranceMs);
      await context.reaches(job.id, 'retrying');
      await context.advance(1000 + context.harness.limits.toleranceMs);
      await context.started(probe, 2);
      hung.complete('too late');
      await context.quiet();
      assert.deepEqual([worker.running, (await context.job(job.id)).status], [1, 'processing']);
      const stopping = worker.stop();
      assert.ok(await context.isOpen(stopping), 'stop waits for the try in hand');
      probe.latest().complete('in time');
      await context.inTime(stopping, 'stop resolves');
      assert.equal((await context.reaches(job.id, 'completed')).result, 'in time');
    },
  },
  {
    name: 'of several jobs in hand each times out at its own time',
    async run(context) {
      const { toleranceMs } = context.harness.limits;
      const { probe } = context.work();
      const timeouts = [3000, 2000, 4000];
      const jobs = await context.addAll(timeouts.map((timeout) => ({ timeout })));
      await context.started(probe, 3);
      const timedOut: (string | undefined)[] = [];
      for (let second = 1; second <= 4; second += 1) {
        await context.advance(1000 + toleranceMs);
        await context.quiet();
        const failed = probe.starts.filter(
          ({ context: { signal }, jobId }) => signal.aborted && !timedOut.includes(jobId),
        );
        timedOut.push(...failed.map(({ jobId }) => jobId));
        assert.equal(timedOut.length, Math.max(0, second - 1), `timed out after ${second} seconds`);
      }
      assert.deepEqual(timedOut, [jobs[1]?.id, jobs[0]?.id, jobs[2]?.id]);
    },
  },
  {
    name: 'a handler that stops when its try times out has not reported late',
    async run(context) {
      const heard = context.listen('job:late');
      const { probe } = context.work();
      const job = await context.add({ timeout: 2000, maxRetries: 1 });
      await context.started(probe);
      await context.advance(2000 + context.harness.limits.toleranceMs);
      await context.reaches(job.id, 'retrying');
      probe.latest().fail(probe.latest().context.signal.reason);
      await context.quiet();
      assert.deepEqual(
        (await context.job(job.id)).attemptLog.map(({ outcome }) => outcome),
        ['retried'],
      );
      assert.deepEqual(heard, []);
    },
  },
  {
    name: 'what a try reports after its timeout is refused, and the next try counts',
    async run(context) {
      const { probe } = context.work();
      const job = await context.add({ timeout: 2000, maxRetries: 1 });
      await context.started(probe, 1);
      const slow = probe.latest();
      await context.advance(2000 + context.harness.limits.toleranceMs);
      await context.reaches(job.id, 'retrying');
      slow.complete('too late');
      await context.quiet();
      assert.equal((await context.job(job.id)).status, 'retrying');
      await context.advance(1000 + context.harness.limits.toleranceMs);
      await context.started(probe, 2);
      probe.latest().complete('in time');
      assert.equal((await context.reaches(job.id, 'completed')).result, 'in time');
    },
  },
  {
    name: 'a failed job retried by hand has its retries as new',
    async run(context) {
      const failed = await context.runOnce({ maxRetries: 1 }, { error: new NonRetryableError('no') });
      const again = await context.adapter.retryJob(failed.id);
      assert.deepEqual([again.status, again.attempts, again.replays], ['pending', 0, 1]);
      assert.equal((await context.harness.inspect(failed.id))?.status, 'pending');
      const { probe } = context.work();
      await context.started(probe, 1);
      probe.latest().fail(new Error('once'));
      await context.reaches(failed.id, 'retrying');
      await context.advance(1000 + context.harness.limits.toleranceMs);
      await context.started(probe, 2);
      probe.latest().complete('at last');
      const completed = await context.reaches(failed.id, 'completed');
      assert.deepEqual([completed.result, completed.failedAt, completed.replays], ['at last', null, 1]);
    },
  },
  {
    name: 'a delivery that was sent stays sent when its job is retried by hand',
    async run(context) {
      const updatedAt = new Date(context.harness.now());
      const common = {
        channel: 'email',
        attempts: 1,
        provider: null,
        messageId: null,
        reason: null,
        updatedAt,
      };
      const sent = { ...common, idempotencyKey: 'sent', status: 'sent', isRetryable: false } as const;
      const failed = { ...common, idempotencyKey: 'failed', status: 'failed', isRetryable: false } as const;
      const { probe } = context.work();
      const job = await context.add({ deliveries: [sent, failed] });
      await context.started(probe);
      probe.latest().fail(new Error('one was not sent'));
      await context.reaches(job.id, 'failed');
      const again = await context.adapter.retryJob(job.id);
      assert.deepEqual(again.deliveries[0], sent);
      assert.equal(again.deliveries[1]?.isRetryable, true);
    },
  },
  {
    name: 'a cancelled job can be retried by hand',
    async run(context) {
      const job = await context.add();
      await context.adapter.cancelJob(job.id);
      const again = await context.adapter.retryJob(job.id);
      assert.deepEqual([again.status, again.cancelledAt, again.replays], ['pending', null, 1]);
      context.work({ behave: () => null });
      await context.reaches(job.id, 'completed');
    },
  },
  {
    name: 'a completed, pending or processing job cannot be retried by hand',
    async run(context) {
      const completed = await context.runOnce({}, { result: 'done' });
      const { probe } = context.work({ concurrency: 1 });
      const processing = await context.add();
      await context.started(probe);
      const pending = await context.add();
      for (const { id } of [completed, pending, processing]) {
        const before = await context.job(id);
        await context.refuses(context.adapter.retryJob(id), QueueErrorCode.QUEUE_JOB_STATE);
        assert.deepEqual(await context.job(id), before);
      }
      assert.equal(probe.timesStarted(completed.id), 0);
    },
  },
  {
    name: 'retrying by hand a job that waits for its retry makes it due now',
    async run(context) {
      const { probe } = context.work();
      const job = await context.add({ maxRetries: 1 });
      await context.started(probe, 1);
      probe.latest().fail(new Error('once'));
      await context.reaches(job.id, 'retrying');
      await context.adapter.retryJob(job.id);
      await context.started(probe, 2);
      assert.equal((await context.job(job.id)).replays, 0);
    },
  },
  {
    name: 'retrying by hand a scheduled job makes it due now',
    needs: ['scheduling'],
    async run(context) {
      const { probe } = context.work();
      const job = await context.add({ scheduledFor: context.harness.now() + 3_600_000 });
      await context.adapter.retryJob(job.id);
      await context.started(probe, 1);
      assert.equal(probe.latest().jobId, job.id);
    },
  },
  {
    name: 'of two retries by hand at the same time one is refused',
    async run(context) {
      const { id } = await context.runOnce({}, { error: new Error('no') });
      const calls = await Promise.allSettled([context.adapter.retryJob(id), context.adapter.retryJob(id)]);
      assert.deepEqual(calls.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
      assert.equal((await context.job(id)).replays, 1);
    },
  },
  {
    name: 'a retry by hand of a job nobody knows is refused',
    run: (context) => context.refuses(context.adapter.retryJob('nobody'), QueueErrorCode.QUEUE_JOB_NOT_FOUND),
  },
];
