import type { LogSummary } from '../../../src/api-types.ts';
import { api } from '../api.ts';
import { SelectFilter, TextFilter } from '../components/fields.tsx';
import { FilterBar } from '../components/filter-bar.tsx';
import { LogTable } from '../components/log-table.tsx';
import { NewsPill } from '../components/news-pill.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { Pagination, usePage } from '../components/pagination.tsx';
import { Failure, Loading, Message } from '../components/states.tsx';
import { CHANNELS, channelLook, LOG_STATUSES, statusLook } from '../format/look.ts';
import { isAboutLog, useRefresh } from '../news.ts';
import { links } from '../router/links.ts';
import { type Query, useQuery } from '../router/query.ts';
import { useResource } from '../state/resource.ts';
import { stats } from '../state/stats.ts';
import { useSteadyRows } from '../state/steady-rows.ts';
import './list-screen.css';

const DAY_MS = 86_400_000;
const FILTERS = [
  'channel',
  'status',
  'recipient',
  'notificationType',
  'provider',
  'jobId',
  'notificationId',
  'startDate',
  'endDate',
] as const;

/** Every delivery that was tried, is tried, or will be. */
export function LogsScreen() {
  return (
    <>
      <PageHeader title="Notification log" />
      <LogList />
    </>
  );
}

function LogList() {
  const query = useQuery();
  const asked = { ...readFilters(query), ...usePage() };
  const key = JSON.stringify(asked);
  const { data, error, isLoading, refresh } = useResource(key, (signal) => api.logs(asked, signal));
  const steady = useSteadyRows({ key, answer: isLoading ? null : (data?.logs ?? null), idOf });
  useRefresh((news) => isAboutLog(news), refresh);
  const isNarrowed = FILTERS.some((name) => query.get(name) !== '') || asked.offset > 0;
  return (
    <section class="list-card" aria-label="Deliveries">
      <LogFilters />
      <NewsPill unseen={steady.unseen} hasLeft={steady.hasLeft} onShow={steady.show} />
      {error !== null && data === null && <Failure error={error} onRetry={refresh} />}
      {error === null && data === null && <Loading lines={9} />}
      {data !== null && (
        <>
          {steady.rows.length > 0 && <LogTable logs={steady.rows} isBusy={isLoading} />}
          {steady.rows.length === 0 && !isLoading && <NoLogs isNarrowed={isNarrowed} />}
          <Pagination total={data.total} />
        </>
      )}
    </section>
  );
}

function readFilters(query: Query): Readonly<Record<string, string>> {
  const given = Object.fromEntries(FILTERS.map((name) => [name, query.get(name)]));
  const [sortBy = '', sortOrder = ''] = query.get('sort').split(':');
  return {
    ...given,
    startDate: toMoment(query.get('startDate'), 0),
    endDate: toMoment(query.get('endDate'), DAY_MS - 1),
    sortBy,
    sortOrder,
  };
}

/** Days are the reader's own: the first moment of one, or its last. What is no date narrows nothing. */
function toMoment(day: string, plusMs: number): string {
  const start = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00`) : Number.NaN;
  return Number.isNaN(start) ? '' : new Date(start + plusMs).toISOString();
}

function LogFilters() {
  const query = useQuery();
  const channels = [...new Set([...Object.keys(stats.value?.notifications.byChannel ?? {}), ...CHANNELS])];
  return (
    <FilterBar active={FILTERS.filter((name) => query.get(name) !== '').length}>
      <SelectFilter
        name="channel"
        label="Channel"
        options={[
          { value: '', label: 'All channels' },
          ...channels.map((value) => ({ value, label: channelLook(value).label })),
        ]}
      />
      <SelectFilter
        name="status"
        label="Status"
        options={[
          { value: '', label: 'All statuses' },
          ...LOG_STATUSES.map((value) => ({ value, label: statusLook(value).label })),
        ]}
      />
      <TextFilter name="recipient" label="Recipient" placeholder="Whole address" />
      <TextFilter name="notificationType" label="Type" />
      {query.get('jobId') !== '' && <TextFilter name="jobId" label="Job id" />}
      <TextFilter name="startDate" label="From" type="date" />
      <TextFilter name="endDate" label="To" type="date" />
      <SelectFilter
        name="sort"
        label="Order"
        options={[
          { value: '', label: 'Newest first' },
          { value: 'createdAt:asc', label: 'Oldest first' },
          { value: 'updatedAt:desc', label: 'Last changed' },
          { value: 'sentAt:desc', label: 'Last sent' },
          { value: 'failedAt:desc', label: 'Last failed' },
        ]}
      />
    </FilterBar>
  );
}

function NoLogs({ isNarrowed }: { readonly isNarrowed: boolean }) {
  return isNarrowed ? (
    <Message icon="search" title="No delivery matches">
      <a href={links.logs()}>Show all deliveries</a>
    </Message>
  ) : (
    <Message icon="bell" title="Nothing in the log yet">
      Deliveries show here once the log records one.
    </Message>
  );
}

const idOf = (log: LogSummary): string => log.id;
