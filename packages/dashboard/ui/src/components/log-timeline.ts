import type { LogDetail } from '../../../src/api-types.ts';
import { statusLook } from '../format/look.ts';
import type { TimelineEntry } from './timeline.tsx';

/** A delivery's life, oldest first: recorded, each try, and how it ended. */
export function toLogTimeline(log: LogDetail): readonly TimelineEntry[] {
  const tries = log.retryLogs.map(toEntry);
  const isTold = (moment: string | undefined): boolean => tries.some((entry) => entry.at === moment);
  return [
    { key: 'created', look: { label: 'Recorded', icon: 'clock', tone: 'waiting' }, at: log.createdAt },
    ...(log.scheduledFor === undefined
      ? []
      : [
          {
            key: 'due',
            look: { ...statusLook('scheduled'), label: 'Due' },
            at: log.scheduledFor,
            isAhead: log.status === 'scheduled',
          } as const,
        ]),
    ...tries,
    ...ending(
      'sent',
      isTold(log.sentAt) ? undefined : log.sentAt,
      log.provider && `Taken by ${log.provider}.`,
    ),
    ...ending('delivered', log.deliveredAt),
    ...ending('failed', log.status === 'failed' ? log.failedAt : undefined, log.error),
    ...(['skipped', 'cancelled', 'unknown'].includes(log.status)
      ? ending(log.status, log.updatedAt, log.reason)
      : []),
  ];
}

function toEntry(attempt: LogDetail['retryLogs'][number]): TimelineEntry {
  const look = statusLook(attempt.status);
  const detail = [attempt.error, attempt.errorCode, attempt.provider].filter(Boolean).join(' · ');
  return {
    key: `attempt ${attempt.attempt} ${attempt.timestamp}`,
    look: { ...look, label: `Attempt ${attempt.attempt}: ${look.label.toLowerCase()}` },
    at: attempt.timestamp,
    ...(detail !== '' && { detail }),
  };
}

function ending(status: string, at: string | undefined, detail?: string): TimelineEntry[] {
  if (at === undefined) return [];
  return [{ key: status, look: statusLook(status), at, ...(detail && { detail }) }];
}
