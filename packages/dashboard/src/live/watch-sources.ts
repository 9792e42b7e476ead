import type { JobEvent, JobEventName } from '@townkrier/queue';
import type { LogEvent } from '@townkrier/storage';
import type { EventSeverity, StreamEventName } from '../api-types.ts';
import { omitUndefined } from '../omit-undefined.ts';
import type { DashboardQueue, DashboardStorage } from '../sources.ts';
import type { EventHub } from './event-hub.ts';
import type { JobMetrics } from './job-metrics.ts';
import type { StatsFeed } from './stats-feed.ts';

/** Where what happens goes. */
export interface LiveSinks {
  readonly hub: EventHub;
  readonly metrics: JobMetrics;
  readonly stats: StatsFeed;
}

/** What each event of the queue is called on the stream, and how loud it is there. */
const JOB_EVENTS: readonly (readonly [JobEventName, StreamEventName, EventSeverity])[] = [
  ['job:enqueued', 'job.created', 'info'],
  ['job:started', 'job.started', 'info'],
  ['job:progress', 'job.progress', 'info'],
  ['job:completed', 'job.completed', 'info'],
  ['job:retrying', 'job.retrying', 'warn'],
  ['job:failed', 'job.failed', 'error'],
  ['job:cancelled', 'job.cancelled', 'warn'],
  ['job:released', 'job.released', 'warn'],
  ['job:late', 'job.late', 'warn'],
  ['job:deleted', 'job.deleted', 'info'],
];

/** Listens to queue and log for as long as the dashboard lives. Returns the undo of all of it. */
export function watchSources(queue: DashboardQueue, storage: DashboardStorage, sinks: LiveSinks): () => void {
  const { hub, metrics, stats } = sinks;
  const undo = JOB_EVENTS.map(([event, name, severity]) =>
    queue.on(event, (job) => {
      const isLater = event === 'job:enqueued' && job.status === 'scheduled';
      publishJob(hub, isLater ? 'job.scheduled' : name, severity, job);
      stats.touch();
    }),
  );
  undo.push(
    queue.on('job:completed', (job) => metrics.recordCompleted(job)),
    queue.on('job:failed', () => metrics.recordFailed()),
    queue.on('job:retrying', () => metrics.recordRetried()),
    storage.on('log:created', (event) => {
      publishLog(hub, 'log.created', event);
      stats.touch();
    }),
    storage.on('log:updated', (event) => {
      publishLog(hub, 'log.updated', event);
      stats.touch();
    }),
  );
  return () => {
    for (const stop of undo.splice(0)) stop();
  };
}

type AnyJobEvent = JobEvent & {
  readonly percent?: number;
  readonly delayMs?: number;
  readonly runMs?: number | null;
};

/** Ids, states and numbers only; the reason of a failure may hold personal data, so who wants it asks for the job. */
function publishJob(hub: EventHub, name: StreamEventName, severity: EventSeverity, job: AnyJobEvent): void {
  const data = omitUndefined({
    at: job.at,
    severity,
    jobId: job.jobId,
    queue: job.queue,
    type: job.type,
    name: job.name,
    status: job.status,
    attempts: job.attempts,
    percent: job.percent,
    delayMs: job.delayMs,
    runMs: job.runMs ?? undefined,
  });
  hub.publish({ name, topic: 'jobs', jobId: job.jobId, data });
}

const LOG_SEVERITY: Readonly<Record<string, EventSeverity>> = {
  failed: 'error',
  unknown: 'error',
  retrying: 'warn',
};

function publishLog(hub: EventHub, name: 'log.created' | 'log.updated', log: LogEvent): void {
  const data = {
    at: log.at,
    severity: LOG_SEVERITY[log.status] ?? 'info',
    logId: log.logId,
    notificationId: log.notificationId,
    channel: log.channel,
    status: log.status,
  };
  hub.publish({ name, topic: 'logs', jobId: undefined, data });
}
