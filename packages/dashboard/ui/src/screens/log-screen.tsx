import type { LogDetail } from '../../../src/api-types.ts';
import { api } from '../api.ts';
import { Card } from '../components/card.tsx';
import { ChannelLabel } from '../components/channel-label.tsx';
import { Explanation } from '../components/explanation.tsx';
import { Facts } from '../components/facts.tsx';
import { Identifier } from '../components/identifier.tsx';
import { JsonView } from '../components/json-view.tsx';
import { logTitle } from '../components/log-table.tsx';
import { toLogTimeline } from '../components/log-timeline.ts';
import { MessageView } from '../components/message-view.tsx';
import { Moment } from '../components/moment.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { Failure, Loading } from '../components/states.tsx';
import { StatusBadge } from '../components/status-badge.tsx';
import { Timeline } from '../components/timeline.tsx';
import { isAboutLog, useRefresh } from '../news.ts';
import { links } from '../router/links.ts';
import { useResource } from '../state/resource.ts';
import './detail-screen.css';

const PARENT = { href: links.logs(), label: 'Notification log' };

/** One delivery: what became of it and why, and what was said. */
export function LogScreen({ id }: { readonly id: string }) {
  const { data: log, error, refresh } = useResource(id, (signal) => api.log(id, signal));
  useRefresh((news) => isAboutLog(news, id), refresh);
  if (log === null) {
    return (
      <>
        <PageHeader title="Delivery" parent={PARENT} subtitle={<span class="mono break">{id}</span>} />
        {error === null ? <Loading lines={9} /> : <Failure error={error} onRetry={refresh} />}
      </>
    );
  }
  return (
    <>
      <PageHeader
        title={logTitle(log)}
        parent={PARENT}
        badge={<StatusBadge status={log.status} />}
        subtitle={
          <>
            <Identifier value={log.id} what="log id" />
            <span>
              Recorded <Moment at={log.createdAt} />
            </span>
          </>
        }
      >
        {log.jobId !== undefined && (
          <a class="button" href={links.job(log.jobId)}>
            Open job
          </a>
        )}
      </PageHeader>
      <div class="detail">
        <div class="detail-main">
          <Card title="History">
            <Timeline entries={toLogTimeline(log)} />
          </Card>
          <MessageView log={log} />
        </div>
        <div class="detail-side">
          <Card title="Details">
            <LogFacts log={log} />
          </Card>
          <ExplanationCard log={log} />
          {log.metadata !== undefined && Object.keys(log.metadata).length > 0 && (
            <Card title="Metadata" aside={<span class="faint">masked</span>}>
              <JsonView value={log.metadata} what="metadata" />
            </Card>
          )}
        </div>
      </div>
    </>
  );
}

/** Asked for again whenever the row changed. */
function ExplanationCard({ log }: { readonly log: LogDetail }) {
  const { data, error } = useResource(`${log.id} ${log.updatedAt}`, (signal) =>
    api.explainLog(log.id, signal),
  );
  if (data === null || data.lines.length === 0)
    return error === null ? null : <Card title="Why">{error.message}</Card>;
  return (
    <Card title="Why">
      <Explanation lines={data.lines} />
    </Card>
  );
}

function LogFacts({ log }: { readonly log: LogDetail }) {
  return (
    <Facts
      facts={[
        { name: 'Recipient', value: log.recipient },
        { name: 'Channel', value: <ChannelLabel channel={log.channel} /> },
        { name: 'Type', value: log.notificationType },
        { name: 'Provider', value: log.provider },
        {
          name: 'Message id',
          value: log.messageId && <Identifier value={log.messageId} what="message id" />,
        },
        { name: 'Attempts', value: String(log.attempts) },
        { name: 'Error code', value: log.errorCode },
        { name: 'Privacy', value: log.contentPrivacy },
        { name: 'Tags', value: log.tags?.join(', ') },
        { name: 'Notification', value: <Identifier value={log.notificationId} what="notification id" /> },
        { name: 'Job', value: log.jobId && <a href={links.job(log.jobId)}>{log.jobId}</a> },
        {
          name: 'Idempotency',
          value: log.idempotencyKey && <Identifier value={log.idempotencyKey} what="key" />,
        },
      ]}
    />
  );
}
