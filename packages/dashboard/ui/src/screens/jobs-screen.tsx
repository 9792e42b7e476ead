import type { JobSummary } from '../../../src/api-types.ts';
import { api } from '../api.ts';
import { BulkBar } from '../components/bulk-bar.tsx';
import { SelectFilter, TextFilter } from '../components/fields.tsx';
import { FilterBar } from '../components/filter-bar.tsx';
import { JobTable } from '../components/job-table.tsx';
import { NewsPill } from '../components/news-pill.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { Pagination, usePage } from '../components/pagination.tsx';
import { Failure, Loading, Message } from '../components/states.tsx';
import { StatusTabs } from '../components/status-tabs.tsx';
import { isAboutJob, jobNews, useNews, useRefresh } from '../news.ts';
import { links } from '../router/links.ts';
import { type Query, useQuery } from '../router/query.ts';
import { actOnJob, actOnJobs } from '../state/job-actions.ts';
import { useResource } from '../state/resource.ts';
import { useSelection } from '../state/selection.ts';
import { me } from '../state/session.ts';
import { loadStats } from '../state/stats.ts';
import { useSteadyRows } from '../state/steady-rows.ts';
import './list-screen.css';

const FILTERS = ['queue', 'name', 'type', 'tag'] as const;
const LABELS: Readonly<Record<(typeof FILTERS)[number], string>> = {
  queue: 'Queue',
  name: 'Name',
  type: 'Type',
  tag: 'Tag',
};

function readFilters(query: Query): Readonly<Record<string, string>> {
  return Object.fromEntries([...FILTERS, 'order'].map((key) => [key, query.get(key)]));
}

/** All jobs, narrowed by status and more. */
export function JobsScreen() {
  return (
    <>
      <PageHeader title="Jobs" />
      <JobList />
    </>
  );
}

function JobList() {
  const query = useQuery();
  const page = usePage();
  const selection = useSelection();
  const filters = readFilters(query);
  const asked = { status: query.get('status'), ...filters, ...page };
  const key = JSON.stringify(asked);
  const { data, error, isLoading, refresh } = useResource(key, (signal) => api.jobs(asked, signal));
  const steady = useSteadyRows({ key, answer: isLoading ? null : (data?.jobs ?? null), idOf });
  useRefresh((news) => isAboutJob(news), refresh);
  usePatches(steady.patch);

  const selected = steady.rows.filter((job) => selection.ids.has(job.id));

  /** After the reader's own change the list may move: they expect it. */
  const settle = (hasChanged: boolean): void => {
    if (!hasChanged) return;
    selection.replace([]);
    void loadStats();
    steady.showNext();
    refresh();
  };
  return (
    <section class="list-card" aria-label="Jobs">
      <StatusTabs filters={filters} />
      <JobFilters />
      <NewsPill unseen={steady.unseen} hasLeft={steady.hasLeft} onShow={steady.show} />
      {error !== null && data === null && <Failure error={error} onRetry={refresh} />}
      {error === null && data === null && <Loading lines={9} />}
      {data !== null && steady.rows.length === 0 && !isLoading && <NoJobs isNarrowed={isNarrowed(asked)} />}
      {steady.rows.length > 0 && (
        <JobTable
          jobs={steady.rows}
          isBusy={isLoading}
          selection={selection}
          onAct={(action, job) => void actOnJob(action, job).then(settle)}
        />
      )}
      {selected.length > 0 && (
        <BulkBar
          selected={selected}
          onAct={(action, jobs) => void actOnJobs(action, jobs).then(settle)}
          onClear={() => selection.replace([])}
        />
      )}
      {data !== null && <Pagination total={data.total} />}
    </section>
  );
}

function JobFilters() {
  const query = useQuery();
  const known = me.value?.features.jobFilters;
  return (
    <FilterBar active={FILTERS.filter((name) => query.get(name) !== '').length}>
      {FILTERS.filter((name) => known?.includes(name) ?? true).map((name) => (
        <TextFilter key={name} name={name} label={LABELS[name]} />
      ))}
      <SelectFilter
        name="order"
        label="Order"
        options={[
          { value: '', label: 'Newest first' },
          { value: 'asc', label: 'Oldest first' },
        ]}
      />
    </FilterBar>
  );
}

function NoJobs({ isNarrowed }: { readonly isNarrowed: boolean }) {
  return isNarrowed ? (
    <Message icon="search" title="No job matches">
      <a href={links.jobs()}>Show all jobs</a>
    </Message>
  ) : (
    <Message icon="stack" title="No jobs yet">
      Jobs show here as soon as one is enqueued.
    </Message>
  );
}

const idOf = (job: JobSummary): string => job.id;

function isNarrowed(asked: Readonly<Record<string, string | number>>): boolean {
  return ['status', ...FILTERS].some((key) => asked[key] !== '') || asked['offset'] !== 0;
}

/** What events say about a row is shown before the list is asked for again, also when the row does not match its filter any more. */
function usePatches(patch: (id: string, change: (job: JobSummary) => JobSummary) => void): void {
  useNews((news) => {
    const event = jobNews(news);
    if (event === null || news.name === 'job.deleted') return;
    patch(event.jobId, (job) => ({ ...job, status: event.status, attempts: event.attempts }));
  });
}
