import { type NotificationLog, NotificationLogStatus, type StorageManager } from '@townkrier/storage';
import Table from 'cli-table3';
import colors from 'picocolors';
import type { Mailbox } from './mailbox.ts';

/** What the log says of one kind of notification, and what the mailbox has of it. */
interface SummaryRow {
  readonly type: string;
  readonly logged: number;
  readonly sent: number;
  readonly retried: number;
  readonly received: number;
}

/** The end of the demo: whether what was logged as sent is what arrived, mail by mail. */
export interface Summary {
  readonly rows: readonly SummaryRow[];
  /** Logged as sent, but not in the mailbox. */
  readonly missing: readonly string[];
  /** In the mailbox more than once, or without a row that says so. */
  readonly unexpected: readonly string[];
}

/** Compares the log with the mailbox by Message-ID, which the SMTP channel derives from each delivery. */
export async function summarise(storage: StorageManager, mailbox: Mailbox): Promise<Summary> {
  const logs = await allLogs(storage);
  const receivedIds = mailbox.received.map((mail) => mail.messageId);
  const sentIds = new Set(logs.filter(wasSent).map((log) => log.messageId ?? log.id));
  const types = [...new Set(logs.map((log) => log.notificationType ?? 'unknown'))].sort();
  return {
    rows: types.map((type) => summariseType(type, logs, receivedIds)),
    missing: [...sentIds].filter((id) => !receivedIds.includes(id)),
    unexpected: receivedIds.filter((id, index) => !sentIds.has(id) || receivedIds.indexOf(id) !== index),
  };
}

/** Draws the table, and says in one line whether mailbox and log agree. */
export function formatSummary(summary: Summary, mailbox: Mailbox): string {
  const head = ['notification', 'in the log', 'sent', 'after a retry', 'in the mailbox'].map(colors.bold);
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const row of summary.rows) table.push([row.type, row.logged, row.sent, row.retried, row.received]);
  const verdict = agrees(summary)
    ? colors.green('The mailbox holds exactly what the log says was sent.')
    : colors.red(
        `They disagree: ${summary.missing.length} missing, ${summary.unexpected.length} unexpected.`,
      );
  return `${table.toString()}\n\nThe mail server turned away ${mailbox.refused} attempts while it was down, and was handed ${mailbox.repeated} mails that it had.\n${verdict}`;
}

export function agrees({ missing, unexpected }: Summary): boolean {
  return missing.length === 0 && unexpected.length === 0;
}

function summariseType(
  type: string,
  logs: readonly NotificationLog[],
  receivedIds: readonly string[],
): SummaryRow {
  const ofType = logs.filter((log) => (log.notificationType ?? 'unknown') === type);
  const sent = ofType.filter(wasSent);
  return {
    type,
    logged: ofType.length,
    sent: sent.length,
    retried: sent.filter((log) => log.attempts > 1).length,
    received: receivedIds.filter((id) => ofType.some((log) => log.messageId === id)).length,
  };
}

function wasSent(log: NotificationLog): boolean {
  return log.status === NotificationLogStatus.SENT || log.status === NotificationLogStatus.DELIVERED;
}

async function allLogs(storage: StorageManager): Promise<NotificationLog[]> {
  const logs: NotificationLog[] = [];
  for (;;) {
    const page = await storage.queryLogs({ limit: 1000, offset: logs.length, sortOrder: 'asc' });
    logs.push(...page.logs);
    if (page.logs.length === 0 || logs.length >= page.total) return logs;
  }
}
