import type { CaseContext } from '../case-context.ts';
import { minute } from '../sample-log.ts';
import type { StorageAdapterCase } from '../storage-adapter-case.ts';

async function saveMixed(context: CaseContext): Promise<void> {
  await context.save(
    {
      id: 'a',
      channel: 'email',
      status: 'sent',
      createdAt: minute(1),
      recipientHash: 'r1:ada',
      notificationType: 'welcome',
      provider: 'smtp',
    },
    {
      id: 'b',
      channel: 'email',
      status: 'failed',
      createdAt: minute(2),
      recipientHash: 'r1:bob',
      notificationType: 'welcome',
      provider: 'resend',
    },
    {
      id: 'c',
      channel: 'sms',
      status: 'sent',
      createdAt: minute(3),
      recipientHash: 'r1:ada',
      notificationType: 'code',
      jobId: 'job-1',
    },
    {
      id: 'd',
      channel: 'sms',
      status: 'delivered',
      createdAt: minute(4),
      notificationId: 'notification-2',
      jobId: 'job-1',
    },
    {
      id: 'e',
      channel: 'push',
      status: 'retrying',
      createdAt: minute(5),
      notificationId: 'notification-2',
      jobId: 'job-2',
    },
  );
}

/** A case over the same five rows: what a query matches. */
function matching(
  name: string,
  query: Parameters<CaseContext['query']>[0] & object,
  expected: readonly string[],
): StorageAdapterCase {
  return {
    name,
    async run(context) {
      await saveMixed(context);
      await context.expectMatches(query, expected);
    },
  };
}

export const filterCases: readonly StorageAdapterCase[] = [
  matching('without conditions every row matches', {}, ['a', 'b', 'c', 'd', 'e']),
  matching('rows are filtered by channel', { channel: 'sms' }, ['c', 'd']),
  matching('rows are filtered by status', { status: 'sent' }, ['a', 'c']),
  matching('rows are filtered by several statuses', { status: ['failed', 'retrying'] }, ['b', 'e']),
  matching('rows are filtered by recipient hash', { recipientHash: 'r1:ada' }, ['a', 'c']),
  matching('rows are filtered by notification', { notificationId: 'notification-2' }, ['d', 'e']),
  matching('rows are filtered by notification type', { notificationType: 'welcome' }, ['a', 'b']),
  matching('rows are filtered by job', { jobId: 'job-1' }, ['c', 'd']),
  matching('rows are filtered by provider', { provider: 'resend' }, ['b']),
  matching('startDate includes its own moment', { startDate: minute(4) }, ['d', 'e']),
  matching('endDate includes its own moment', { endDate: minute(2) }, ['a', 'b']),
  matching(
    'startDate and endDate together bound the creation',
    { startDate: minute(2), endDate: minute(4) },
    ['b', 'c', 'd'],
  ),
  matching(
    'a range of one moment finds the rows of that moment',
    { startDate: minute(3), endDate: minute(3) },
    ['c'],
  ),
  matching(
    'all conditions must hold',
    { channel: 'sms', status: 'sent', recipientHash: 'r1:ada', startDate: minute(2) },
    ['c'],
  ),
  matching(
    'two conditions that hold for different rows match none',
    { recipientHash: 'r1:ada', jobId: 'job-2' },
    [],
  ),
  matching(
    'several statuses combine with a channel and dates',
    { channel: 'email', status: ['sent', 'failed'], endDate: minute(1) },
    ['a'],
  ),
  matching('a value no row has matches none', { channel: 'fax' }, []),
  matching('a condition is taken as a whole value, not as a pattern', { notificationType: 'wel%' }, []),
];
