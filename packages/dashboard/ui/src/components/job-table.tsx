import { useRef } from 'preact/hooks';
import type { JobSummary } from '../../../src/api-types.ts';
import { actionLabel, canAct, isOffered, JOB_ACTIONS, type JobAction } from '../state/job-actions.ts';
import { useRowKeys } from '../state/row-keys.ts';
import type { Selection } from '../state/selection.ts';
import { IconButton } from './icon-button.tsx';
import type { IconName } from './icon-paths.ts';
import { JobRow } from './job-row.tsx';
import './table.css';

interface JobTableProps {
  readonly jobs: readonly JobSummary[];
  readonly isBusy: boolean;
  readonly selection: Selection;
  readonly onAct: (action: JobAction, job: JobSummary) => void;
}

/** A page of jobs. Rows can be ticked when anything may be done with jobs. */
export function JobTable({ jobs, isBusy, selection, onAct }: JobTableProps) {
  const table = useRef<HTMLTableElement>(null);
  const mayAct = canAct();
  useRowKeys(table);
  const isAllTicked = jobs.length > 0 && jobs.every((job) => selection.ids.has(job.id));
  return (
    <table ref={table} class="table" aria-busy={isBusy}>
      <thead>
        <tr>
          {mayAct && (
            <th scope="col">
              <span class="row-tick">
                <input
                  type="checkbox"
                  aria-label="Select all rows on this page"
                  checked={isAllTicked}
                  onChange={() => selection.replace(isAllTicked ? [] : jobs.map((job) => job.id))}
                />
              </span>
            </th>
          )}
          <th scope="col">Job</th>
          <th scope="col">Status</th>
          <th scope="col">Channels</th>
          <th scope="col">Queue</th>
          <th scope="col">Priority</th>
          <th scope="col" class="end">
            Attempts
          </th>
          <th scope="col">Created</th>
          <th scope="col">Next / took</th>
          {mayAct && (
            <th scope="col" class="end">
              Actions
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} selection={mayAct ? selection : null}>
            {mayAct && <RowActions job={job} onAct={onAct} />}
          </JobRow>
        ))}
      </tbody>
    </table>
  );
}

const ICONS: Readonly<Record<JobAction, IconName>> = {
  retry: 'retry',
  cancel: 'crossCircle',
  delete: 'trash',
};

function RowActions({ job, onAct }: { readonly job: JobSummary; readonly onAct: JobTableProps['onAct'] }) {
  return (
    <div class="row-actions">
      {JOB_ACTIONS.filter((action) => isOffered(action, job.status)).map((action) => (
        <IconButton
          key={action}
          icon={ICONS[action]}
          label={`${actionLabel(action)} ${job.name}`}
          onClick={() => onAct(action, job)}
        />
      ))}
    </div>
  );
}
