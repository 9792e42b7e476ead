/** A process that watches the schedules of a queue, and dies where it is told to. */
import { type NewJob, type QueueJob, type ScheduleAdapter, Schedules } from '@townkrier/queue';
import { openQueue, type QueueAddress } from './backends.ts';
import { readSettings, sayReady } from './child-program.ts';

/** What such a process is told. */
export interface ScheduleSettings {
  readonly queue: QueueAddress;
  /** Dies at its second firing: before its job is stored, or after that and before the schedule moves on. */
  readonly failAt?: 'add:before' | 'add:after';
  /** A fault that the test must find. */
  readonly fault?: 'forgets ids';
}

const settings = readSettings<ScheduleSettings>();
const { adapter } = await openQueue(settings.queue);
let firings = 0;

const watched: ScheduleAdapter = {
  getJob: (id) => adapter.getJob(id),
  ...(adapter.shared !== undefined && { shared: adapter.shared }),
  async add(jobs): Promise<QueueJob[]> {
    firings++;
    dieAt('add:before');
    const added = await adapter.add(settings.fault === undefined ? jobs : jobs.map(withoutIds));
    dieAt('add:after');
    return added;
  },
};
new Schedules(watched).start();
sayReady();
// Only its parent ends it; timers of the library keep no process alive.
setInterval(() => undefined, 60_000);

function dieAt(point: ScheduleSettings['failAt']): void {
  if (settings.failAt === point && firings === 2) process.kill(process.pid, 'SIGKILL');
}

function withoutIds({ id: _id, idempotencyKey: _key, ...job }: NewJob): NewJob {
  return job;
}
