import { api } from '../api.ts';
import { Card } from '../components/card.tsx';
import { ChannelBars } from '../components/channel-bars.tsx';
import { DeliverySummary } from '../components/delivery-summary.tsx';
import { FailureList } from '../components/failure-list.tsx';
import { HealthList } from '../components/health-list.tsx';
import { Moment } from '../components/moment.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { Failure, Loading, Message } from '../components/states.tsx';
import { StatusCounters } from '../components/status-counters.tsx';
import { ThroughputCard } from '../components/throughput-card.tsx';
import { useEvery } from '../live.ts';
import { useRefresh } from '../news.ts';
import { links } from '../router/links.ts';
import { useResource } from '../state/resource.ts';
import { loadStats, stats, statsError } from '../state/stats.ts';
import './overview-screen.css';

const FAILURES_SHOWN = 5;
const HEALTH_EVERY_MS = 30_000;

/** The state of everything at a glance. */
export function OverviewScreen() {
  const newest = stats.value;
  const refused = statsError.value;
  return (
    <>
      <PageHeader title="Overview">
        {newest !== null && (
          <p class="overview-counted">
            Counted <Moment at={newest.timestamp} />
          </p>
        )}
      </PageHeader>
      {newest === null && refused !== null ? (
        <Failure error={refused} onRetry={() => void loadStats()} />
      ) : (
        <div class="overview">
          <StatusCounters counts={newest?.queue ?? null} />
          <ThroughputCard />
          <DeliveriesCard />
          <FailuresCard />
          <HealthCard />
        </div>
      )}
    </>
  );
}

function DeliveriesCard() {
  const counts = stats.value?.notifications;
  const isEmpty = counts?.total === 0;
  return (
    <Card title="Deliveries" aside={<a href={links.logs()}>Open log</a>}>
      {counts === undefined && <Loading lines={5} />}
      {isEmpty && (
        <Message icon="bell" title="Nothing sent yet">
          Deliveries show here once the log records one.
        </Message>
      )}
      {counts !== undefined && !isEmpty && (
        <div class="overview-deliveries">
          <DeliverySummary counts={counts} />
          <ChannelBars byChannel={counts.byChannel} />
        </div>
      )}
    </Card>
  );
}

function FailuresCard() {
  const { data, error, refresh } = useResource('failures', (signal) =>
    api.jobs({ status: 'failed', limit: FAILURES_SHOWN }, signal),
  );
  useRefresh(({ name }) => name === 'job.failed' || name === 'job.deleted' || name === 'stats', refresh);
  return (
    <Card title="Last failures" aside={<a href={links.jobs({ status: 'failed' })}>All failed jobs</a>} flush>
      {data === null && error === null && <Loading />}
      {data === null && error !== null && <Failure error={error} onRetry={refresh} />}
      {data !== null && data.jobs.length === 0 && (
        <Message icon="check" title="No failed jobs">
          Jobs that used up their retries show here.
        </Message>
      )}
      {data !== null && <FailureList jobs={data.jobs} />}
    </Card>
  );
}

function HealthCard() {
  const { data, error, refresh } = useResource('health', (signal) => api.health(signal));
  useEvery(HEALTH_EVERY_MS, refresh);
  return (
    <Card title="Health">
      {data === null && error === null && <Loading lines={2} />}
      {data === null && error !== null && <Failure error={error} onRetry={refresh} />}
      {data !== null && <HealthList health={data} />}
    </Card>
  );
}
