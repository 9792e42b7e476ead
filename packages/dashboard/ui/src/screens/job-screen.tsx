import { useLocation } from 'preact-iso/router';
import type { JobDetail } from '../../../src/api-types.ts';
import { api } from '../api.ts';
import { Card } from '../components/card.tsx';
import { ChannelLabel } from '../components/channel-label.tsx';
import { DeliveryList } from '../components/delivery-list.tsx';
import { Facts } from '../components/facts.tsx';
import { Identifier } from '../components/identifier.tsx';
import { JobActions } from '../components/job-actions.tsx';
import { JobError } from '../components/job-error.tsx';
import { JobLogs } from '../components/job-logs.tsx';
import { toJobTimeline } from '../components/job-timeline.ts';
import { JsonView } from '../components/json-view.tsx';
import { Moment } from '../components/moment.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { Progress } from '../components/progress.tsx';
import { Failure, Loading } from '../components/states.tsx';
import { StatusBadge } from '../components/status-badge.tsx';
import { Timeline } from '../components/timeline.tsx';
import { priorityLabel } from '../format/look.ts';
import { formatSpan } from '../format/time.ts';
import { isAboutJob, useRefresh } from '../news.ts';
import { links } from '../router/links.ts';
import { actOnJob, type JobAction } from '../state/job-actions.ts';
import { useResource } from '../state/resource.ts';
import './detail-screen.css';

/** One job: where it stands, what happened, and what can be done. */
export function JobScreen({ id }: { readonly id: string }) {
  const { route } = useLocation();
  const { data: job, error, refresh } = useResource(id, (signal) => api.job(id, signal));
  useRefresh((news) => isAboutJob(news, id), refresh);

  const act = async (action: JobAction, target: JobDetail): Promise<void> => {
    if (!(await actOnJob(action, target))) return;
    if (action === 'delete') route(links.jobs());
    else refresh();
  };
  const isGone = error?.status === 404;
  if (job === null || isGone) {
    return (
      <>
        <PageHeader
          title="Job"
          parent={{ href: links.jobs(), label: 'Jobs' }}
          subtitle={<span class="mono break">{id}</span>}
        />
        {error === null ? <Loading lines={9} /> : <Failure error={error} onRetry={refresh} />}
      </>
    );
  }
  return (
    <>
      <PageHeader
        title={job.name}
        parent={{ href: links.jobs(), label: 'Jobs' }}
        badge={<StatusBadge status={job.status} />}
        subtitle={<JobSubtitle job={job} />}
      >
        <JobActions job={job} onAct={(action) => void act(action, job)} />
      </PageHeader>
      <JobBody job={job} />
    </>
  );
}

function JobSubtitle({ job }: { readonly job: JobDetail }) {
  return (
    <>
      <Identifier value={job.id} what="job id" />
      <span>
        Created <Moment at={job.createdAt} />
      </span>
      {job.nextRunAt !== null && (
        <span>
          {job.status === 'retrying' ? 'Next retry' : 'Due'} <Moment at={job.nextRunAt} />
        </span>
      )}
    </>
  );
}

function JobBody({ job }: { readonly job: JobDetail }) {
  return (
    <div class="detail">
      <div class="detail-main">
        {job.progress !== null && job.status === 'processing' && (
          <Card title="Progress">
            <Progress {...job.progress} />
          </Card>
        )}
        {job.error !== null && (
          <Card title="Last error" flush>
            <JobError error={job.error} />
          </Card>
        )}
        {job.deliveries.length > 0 && (
          <Card title="Deliveries" aside={<a href={links.logs({ jobId: job.id })}>Rows in the log</a>} flush>
            <DeliveryList deliveries={job.deliveries} />
          </Card>
        )}
        <Card title="History">
          <Timeline entries={toJobTimeline(job)} />
        </Card>
        {job.logs.length > 0 && (
          <Card title="Log lines" flush>
            <JobLogs lines={job.logs} />
          </Card>
        )}
      </div>
      <div class="detail-side">
        <Card title="Details">
          <JobFacts job={job} />
        </Card>
        <JobData job={job} />
      </div>
    </div>
  );
}

function JobFacts({ job }: { readonly job: JobDetail }) {
  return (
    <Facts
      facts={[
        { name: 'Type', value: job.type },
        { name: 'Queue', value: <a href={links.jobs({ queue: job.queue })}>{job.queue}</a> },
        {
          name: 'Recipient',
          value: job.recipients > 1 ? `${job.recipient} and ${job.recipients - 1} more` : job.recipient,
        },
        {
          name: 'Channels',
          value:
            job.channels.length > 0 &&
            job.channels.map((channel) => <ChannelLabel key={channel} channel={channel} />),
        },
        { name: 'Priority', value: `${priorityLabel(job.priority)} (${job.priority})` },
        { name: 'Attempts', value: `${job.attempts} of ${job.maxRetries + 1}` },
        { name: 'Crashes', value: job.crashes > 0 && String(job.crashes) },
        { name: 'Replays', value: job.replays > 0 && String(job.replays) },
        { name: 'Took', value: job.durationMs !== null && formatSpan(job.durationMs) },
        { name: 'Timeout', value: formatSpan(job.timeoutMs) },
        { name: 'Scheduled for', value: job.scheduledFor !== null && <Moment at={job.scheduledFor} /> },
        { name: 'Tags', value: job.tags.join(', ') },
        { name: 'Group', value: job.groupKey },
        {
          name: 'Idempotency',
          value: job.idempotencyKey !== null && <Identifier value={job.idempotencyKey} what="key" />,
        },
      ]}
    />
  );
}

function JobData({ job }: { readonly job: JobDetail }) {
  return (
    <>
      {Object.keys(job.metadata).length > 0 && (
        <Card title="Metadata">
          <JsonView value={job.metadata} what="metadata" />
        </Card>
      )}
      {job.payload !== null && job.payload !== undefined && (
        <Card title="Payload" aside={<span class="faint">masked</span>}>
          <JsonView value={job.payload} what="payload" />
        </Card>
      )}
      {job.result !== null && job.result !== undefined && (
        <Card title="Result">
          <JsonView value={job.result} what="result" />
        </Card>
      )}
    </>
  );
}
