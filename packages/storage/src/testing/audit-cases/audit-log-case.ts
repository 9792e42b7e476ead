import type { AuditLog, AuditLogEntry } from '../../audit/audit-log.ts';
import type { AuditRecord } from '../../audit/audit-record.ts';
import type { AuditLogHarness } from '../audit-log-harness.ts';

/** One promise of the contract, and how it is checked. Its name is a sentence; it depends on no other case. */
export interface AuditLogCase {
  readonly name: string;
  run(harness: AuditLogHarness): Promise<void>;
}

/** A record where a case says only what matters. */
export function recordOf(record: Partial<AuditRecord> = {}): AuditRecord {
  return {
    id: 'action',
    at: new Date('2026-03-01T09:00:00.000Z'),
    actor: 'ada',
    action: 'job:cancel',
    target: { kind: 'job', id: 'job-1', queue: 'mails' },
    before: { status: 'pending', attempts: 0 },
    after: { status: 'cancelled', attempts: 0 },
    outcome: 'done',
    ...record,
  };
}

/** Appends records one after the other, with ids `0`, `1`, … where they have none of their own. */
export async function appendAll(
  log: AuditLog,
  records: readonly Partial<AuditRecord>[],
): Promise<AuditLogEntry[]> {
  const entries: AuditLogEntry[] = [];
  for (const [i, record] of records.entries())
    entries.push(await log.append(recordOf({ id: `${i}`, ...record })));
  return entries;
}
