/**
 * An app's worker process, and at the same time the example of how one handles signals. Started by `startWorker`; what its handlers do goes, line by line,
 * into its run log.
 */
import { existsSync } from 'node:fs';
import type { JobHandler, QueueJob } from '@townkrier/queue';
import { createApp } from './app.ts';
import { openQueue } from './backends.ts';
import { readSettings, sayReady } from './child-program.ts';
import { FailPoints } from './fail-points.ts';
import { LineWriter } from './line-file.ts';
import { numberOf } from './producer.ts';
import type { WorkerSettings } from './worker-process.ts';

const settings = readSettings<WorkerSettings>();
const log = new LineWriter(settings.runLog);
const failPoints = new FailPoints(settings.failAt);
const { blockUntil, poisonEvery, fault } = settings;

const opened = await openQueue(settings.queue, { ...settings.options, onError: logError });
const { adapter } = opened;
failPoints.placeIn(opened);
const work = adapter.work.bind(adapter);
adapter.work = (handler, options) => work(watched(handler), options);
for (const outcome of ['completed', 'failed', 'retrying', 'released', 'late'] as const) {
  adapter.on(`job:${outcome}`, ({ jobId }) => log.write(outcome, jobId));
}

const queue = createApp(adapter, { ...settings.app, onPoint: failPoints.reach });
queue.startProcessing({ concurrency: settings.concurrency });

// The first signal asks to finish what is in hand; `close` gives back what is left when the adapter's `shutdownTimeout` is over. Handlers that go on all the
// same must not keep the process. The second signal means now: what is in hand is found by its lease.
let isStopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    log.write('stopping', signal);
    void queue.close().then(() => process.exit(0));
  });
}
process.on('SIGUSR2', () => {
  log.write('block', process.pid);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  while (blockUntil !== undefined && !existsSync(blockUntil)) Atomics.wait(sleeper, 0, 0, 10);
});
sayReady();

/** Notes when a handler starts, and has the faults that a scenario asks for. */
function watched(handler: JobHandler): JobHandler {
  return async (context) => {
    log.write('start', context.job.id);
    failPoints.reach('handler:start');
    if (isPoison(context.job)) process.kill(process.pid, 'SIGKILL');
    if (fault === 'loses jobs' && numberOf(context.job) % 10 === 0) return undefined;
    if (fault === 'runs jobs twice' && numberOf(context.job) % 10 === 0) {
      log.write('start', context.job.id);
      await handler(failPoints.watch(context));
    }
    const result = await handler(failPoints.watch(context));
    failPoints.reach('settle:before');
    return result;
  };
}

function isPoison(job: QueueJob): boolean {
  return poisonEvery !== undefined && numberOf(job) % poisonEvery === 0;
}

function logError(error: unknown): void {
  log.write('error', JSON.stringify(error instanceof Error ? error.message : String(error)));
}
