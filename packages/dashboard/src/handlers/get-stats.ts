import type { Clock } from '@townkrier/core';
import type { Stats } from '../api-types.ts';
import { jsonResponse } from '../http/json.ts';
import type { Call } from '../route.ts';
import type { DashboardQueue, DashboardStorage } from '../sources.ts';

/** Asks queue and log for their counters at the same time. */
export async function loadStats(
  queue: DashboardQueue,
  storage: DashboardStorage,
  clock: Clock,
): Promise<Stats> {
  const [jobs, notifications] = await Promise.all([queue.getStats(), storage.getStats()]);
  return {
    queue: {
      pending: jobs.pending,
      processing: jobs.processing,
      completed: jobs.completed,
      failed: jobs.failed,
      retrying: jobs.retrying,
      scheduled: jobs.scheduled,
      cancelled: jobs.cancelled,
    },
    notifications: {
      total: notifications.total,
      sent: notifications.sent,
      delivered: notifications.delivered,
      failed: notifications.failed,
      retrying: notifications.retrying,
      byChannel: { ...notifications.byChannel },
      byStatus: { ...notifications.byStatus },
    },
    timestamp: new Date(clock.now()).toISOString(),
  };
}

export async function getStats({ services }: Call): Promise<Response> {
  return jsonResponse(await services.loadStats());
}
