import type { AuditFacts, AuditTarget } from '../audit/audit-entry.ts';
import type { ScheduleState } from './schedule-state.ts';

/** How a schedule stands, for an audit: when it fires, and nothing of what its jobs carry. */
export function scheduleFacts({ spec, isPaused, nextAt, lastJobId }: ScheduleState): AuditFacts {
  return {
    type: spec.job.type,
    cron: spec.cron?.expression ?? null,
    timeZone: spec.cron?.timeZone ?? null,
    every: spec.every,
    missed: spec.missed,
    overlap: spec.overlap,
    isPaused,
    nextAt: nextAt === null ? null : new Date(nextAt).toISOString(),
    lastJobId,
  };
}

export function scheduleTarget(name: string, { spec }: Pick<ScheduleState, 'spec'>): AuditTarget {
  return { kind: 'schedule', id: name, queue: spec.job.queue ?? null };
}
