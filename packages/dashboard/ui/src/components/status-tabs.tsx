import { JOB_STATUSES, statusLook } from '../format/look.ts';
import { formatShort } from '../format/number.ts';
import { links, type QueryValues } from '../router/links.ts';
import { useQuery } from '../router/query.ts';
import { stats } from '../state/stats.ts';
import './status-tabs.css';

interface StatusTabsProps {
  /** The other filters, which stay. */
  readonly filters: QueryValues;
}

/** The jobs' statuses as links, with how many jobs each holds over all queues. */
export function StatusTabs({ filters }: StatusTabsProps) {
  const current = useQuery().get('status');
  const counts = stats.value?.queue;
  const isNarrowed = Object.entries(filters).some(
    ([key, value]) => key !== 'order' && value !== undefined && value !== '',
  );
  const all = counts && Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <nav class="status-tabs" aria-label="Status">
      <Tab
        href={links.jobs(filters)}
        label="All"
        count={isNarrowed ? undefined : all}
        isCurrent={current === ''}
      />
      {JOB_STATUSES.map((status) => (
        <Tab
          key={status}
          href={links.jobs({ ...filters, status })}
          label={statusLook(status).label}
          // The counters know statuses only; beside another filter they would not tell what the list holds.
          count={isNarrowed ? undefined : counts?.[status]}
          isCurrent={current === status}
        />
      ))}
    </nav>
  );
}

interface TabProps {
  readonly href: string;
  readonly label: string;
  readonly count: number | undefined;
  readonly isCurrent: boolean;
}

function Tab({ href, label, count, isCurrent }: TabProps) {
  return (
    <a class="status-tab" href={href} aria-current={isCurrent ? 'page' : undefined}>
      {label}
      {count !== undefined && <span class="status-tab-count numeric">{formatShort(count)}</span>}
    </a>
  );
}
