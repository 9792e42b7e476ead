import type { JobSummary } from '../../../src/api-types.ts';
import { links } from '../router/links.ts';
import { Icon } from './icon.tsx';
import { Moment } from './moment.tsx';
import './failure-list.css';

/** Jobs that failed for good, the newest first, each with its reason. */
export function FailureList({ jobs }: { readonly jobs: readonly JobSummary[] }) {
  return (
    <ul class="failure-list">
      {jobs.map((job) => (
        <li key={job.id}>
          <a href={links.job(job.id)} class="failure-item">
            <Icon name="alert" />
            <span class="failure-name">{job.name}</span>
            <span class="failure-when">
              <Moment at={job.failedAt ?? job.updatedAt} />
            </span>
            <span class="failure-reason">{job.error?.message ?? 'No reason was recorded.'}</span>
            <span class="failure-tries numeric">
              {job.attempts} {job.attempts === 1 ? 'attempt' : 'attempts'}
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}
