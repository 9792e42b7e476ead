import type { JobDetail } from '../../../src/api-types.ts';
import { Moment } from './moment.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import './job-logs.css';

/** What the job's handler wrote while it ran. */
export function JobLogs({ lines }: { readonly lines: JobDetail['logs'] }) {
  return (
    <ScrollRegion class="job-logs" label="Log lines">
      <ol>
        {lines.map((line, index) => (
          // Lines are only ever added at the end, and two may be equal.
          <li key={index}>
            <span class="faint numeric">
              <Moment at={line.at} as="clock" />
            </span>
            <span class="faint numeric">#{line.attempt}</span>
            <span class="break">{line.message}</span>
          </li>
        ))}
      </ol>
    </ScrollRegion>
  );
}
