import { describe, expect, it } from 'vitest';
import { explainLogs } from './explanation.ts';
import type { NotificationLog } from './notification-log.ts';
import { minute, plainLog } from './testing/sample-log.ts';

function explain(log: Partial<NotificationLog>) {
  const [delivery] = explainLogs([plainLog({ id: 'a', ...log })]).deliveries;
  if (delivery === undefined) throw new Error('Expected one delivery.');
  return {
    summary: delivery.summary,
    steps: delivery.steps.map(({ at, what }) => [what, (Number(at) - Number(minute(0))) / 60_000]),
  };
}

describe('the explanation of a delivery', () => {
  it('tells its steps in order, from the queue to the provider', () => {
    const explained = explain({
      jobId: 'job-1',
      status: 'delivered',
      attempts: 3,
      provider: 'smtp',
      scheduledFor: minute(5),
      retryLogs: [
        { attempt: 1, status: 'failed', timestamp: minute(6), provider: 'smtp', error: 'HTTP 503.' },
        { attempt: 2, status: 'unknown', timestamp: minute(7) },
        { attempt: 3, status: 'sent', timestamp: minute(8), provider: 'smtp' },
      ],
      sentAt: minute(8),
      deliveredAt: minute(9),
      updatedAt: minute(9),
    });
    expect(explained.summary).toBe('It was delivered by smtp after 3 attempts.');
    expect(explained.steps).toEqual([
      ['scheduled', 0],
      ['due', 5],
      ['attempt failed', 6],
      ['attempt unknown', 7],
      ['sent', 8],
      ['delivered', 9],
    ]);
  });

  it.each([
    [{ status: 'pending', jobId: 'j' }, 'It waits in the queue to be sent as soon as possible.'],
    [{ status: 'scheduled', scheduledFor: minute(1) }, 'It is scheduled for 2026-01-05T08:31:00.125Z.'],
    [{ status: 'sending', attempts: 2 }, 'It is being sent, attempt 2.'],
    [{ status: 'sent', provider: 'smtp', attempts: 1 }, 'It was sent by smtp after 1 attempt.'],
    [
      { status: 'retrying', attempts: 1, error: 'HTTP 503.' },
      'It failed once and will be tried again: HTTP 503.',
    ],
    [
      { status: 'failed', attempts: 4, errorCode: 'CHANNEL_REJECTED' },
      'It was not sent: it failed for good after 4 attempts: CHANNEL_REJECTED.',
    ],
    [{ status: 'unknown', error: 'cut' }, 'Nobody knows whether it was sent: cut.'],
    [{ status: 'skipped', reason: 'quiet hours' }, 'It was not sent, by decision: quiet hours.'],
    [{ status: 'cancelled', reason: 'by hand' }, 'It was not sent: it was withdrawn: by hand.'],
    [{ status: 'cancelled' }, 'It was not sent: it was withdrawn.'],
  ] as const)('sums %j up in one sentence', (log, summary) => {
    expect(explain(log).summary).toBe(summary);
  });

  it('ends with why it was not sent', () => {
    expect(explain({ status: 'skipped', reason: 'quiet hours', updatedAt: minute(2) }).steps).toEqual([
      ['logged', 0],
      ['skipped', 2],
    ]);
    expect(
      explain({ status: 'failed', failedAt: minute(3), updatedAt: minute(4), jobId: 'j' }).steps,
    ).toEqual([
      ['queued', 0],
      ['failed', 3],
    ]);
  });
});

describe('the explanation of a notification', () => {
  it('counts its deliveries by where they stand', () => {
    const logs = [
      plainLog({ id: 'a', status: 'sent' }),
      plainLog({ id: 'b', status: 'sent' }),
      plainLog({ id: 'c', status: 'failed' }),
    ];
    const explained = explainLogs(logs);
    expect(explained.summary).toBe('Of 3 deliveries: 2 sent, 1 failed.');
    expect(explained.deliveries.map(({ logId }) => logId)).toEqual(['a', 'b', 'c']);
  });
});
