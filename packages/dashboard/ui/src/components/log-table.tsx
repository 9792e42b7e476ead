import { useRef } from 'preact/hooks';
import type { LogSummary } from '../../../src/api-types.ts';
import { links } from '../router/links.ts';
import { useRowKeys } from '../state/row-keys.ts';
import { ChannelLabel } from './channel-label.tsx';
import { Moment } from './moment.tsx';
import { StatusBadge } from './status-badge.tsx';
import './table.css';

interface LogTableProps {
  readonly logs: readonly LogSummary[];
  readonly isBusy: boolean;
}

/** A page of the delivery log. */
export function LogTable({ logs, isBusy }: LogTableProps) {
  const table = useRef<HTMLTableElement>(null);
  useRowKeys(table);
  return (
    <table ref={table} class="table" aria-busy={isBusy}>
      <thead>
        <tr>
          <th scope="col">Notification</th>
          <th scope="col">Status</th>
          <th scope="col">Channel</th>
          <th scope="col">Recipient</th>
          <th scope="col">Provider</th>
          <th scope="col" class="end">
            Attempts
          </th>
          <th scope="col">Created</th>
          <th scope="col">Sent</th>
        </tr>
      </thead>
      <tbody>
        {logs.map((log) => (
          <LogRow key={log.id} log={log} />
        ))}
      </tbody>
    </table>
  );
}

/** What a row is called: its subject, else its type, else its notification's id. */
export function logTitle(log: Pick<LogSummary, 'subject' | 'notificationType' | 'notificationId'>): string {
  return log.subject || log.notificationType || log.notificationId;
}

function LogRow({ log }: { readonly log: LogSummary }) {
  const title = logTitle(log);
  const below =
    log.error ?? log.reason ?? (title === log.notificationType ? log.notificationId : log.notificationType);
  return (
    <tr>
      <td class="row-main-cell">
        <a class="row-link row-main" href={links.log(log.id)} data-row title={title}>
          {title}
        </a>
        <span class="row-sub" title={below}>
          {below}
        </span>
      </td>
      <td>
        <StatusBadge status={log.status} />
      </td>
      <td>
        <ChannelLabel channel={log.channel} />
      </td>
      <td data-label="To" class="break">
        {log.recipient === '' ? <span class="faint">private</span> : log.recipient}
      </td>
      <td data-label="Provider" class="break">
        {log.provider ?? <span class="faint">–</span>}
      </td>
      <td data-label="Attempts" class="end numeric">
        {log.attempts}
      </td>
      <td data-label="Created">
        <Moment at={log.createdAt} />
      </td>
      <td data-label="Sent">
        <Moment at={log.sentAt} />
      </td>
    </tr>
  );
}
