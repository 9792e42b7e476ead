import type { ComponentChildren } from 'preact';
import type { JobSummary } from '../../../src/api-types.ts';
import { priorityLabel } from '../format/look.ts';
import { formatSpan } from '../format/time.ts';
import { links } from '../router/links.ts';
import type { Selection } from '../state/selection.ts';
import { ChannelLabel } from './channel-label.tsx';
import { Moment } from './moment.tsx';
import { StatusBadge } from './status-badge.tsx';

interface JobRowProps {
  readonly job: JobSummary;
  /** `null` where nothing may be done. */
  readonly selection: Selection | null;
  /** The row's actions. */
  readonly children: ComponentChildren;
}

/** One job in a table. */
export function JobRow({ job, selection, children }: JobRowProps) {
  // A pending job is due already: it waits for a free worker, not for a moment.
  const isPlanned = job.nextRunAt !== null && job.status !== 'pending';
  const isTicked = selection?.ids.has(job.id) ?? false;
  return (
    <tr data-selected={isTicked}>
      {selection !== null && (
        <td class="row-tick-cell">
          <label class="row-tick">
            <span class="visually-hidden">
              Select {job.name} {job.id}
            </span>
            <input type="checkbox" checked={isTicked} onChange={() => selection.toggle(job.id)} />
          </label>
        </td>
      )}
      <td class="row-main-cell">
        <a class="row-link row-main" href={links.job(job.id)} data-row title={job.name}>
          {job.name}
        </a>
        <span class="row-sub" title={job.id}>
          {job.recipient ?? <span class="mono">{job.id}</span>}
          {job.recipients > 1 && ` and ${job.recipients - 1} more`}
        </span>
      </td>
      <td>
        <StatusBadge status={job.status} />
        {job.progress !== null && job.status === 'processing' && (
          <span class="faint numeric"> {Math.round(job.progress.percent)} %</span>
        )}
      </td>
      <td>
        <span class="row-channels">
          {job.channels.length === 0 ? (
            <span class="faint">–</span>
          ) : (
            job.channels.map((channel) => <ChannelLabel key={channel} channel={channel} />)
          )}
        </span>
      </td>
      <td data-label="Queue" class="row-word" title={job.queue}>
        {job.queue}
      </td>
      <td data-label="Priority">{priorityLabel(job.priority)}</td>
      <td data-label="Attempts" class="end numeric">
        {job.attempts}
        <span class="faint"> / {job.maxRetries + 1}</span>
      </td>
      <td data-label="Created">
        <Moment at={job.createdAt} />
      </td>
      <td data-label={isPlanned ? 'Next' : 'Took'} class="numeric nowrap">
        {isPlanned ? <Moment at={job.nextRunAt} /> : <Took ms={job.durationMs} />}
      </td>
      {selection !== null && <td class="row-actions-cell">{children}</td>}
    </tr>
  );
}

function Took({ ms }: { readonly ms: number | null }) {
  return ms === null ? <span class="faint">–</span> : <span>{formatSpan(ms)}</span>;
}
