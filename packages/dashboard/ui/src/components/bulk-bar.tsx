import type { JobSummary } from '../../../src/api-types.ts';
import { actionLabel, isOffered, JOB_ACTIONS, type JobAction } from '../state/job-actions.ts';
import { useKeys } from '../state/shortcuts.ts';
import { Button } from './button.tsx';
import './bulk-bar.css';

interface BulkBarProps {
  readonly selected: readonly JobSummary[];
  readonly onAct: (action: JobAction, jobs: readonly JobSummary[]) => void;
  readonly onClear: () => void;
}

/** What can be done with the ticked jobs; each button says with how many of them. */
export function BulkBar({ selected, onAct, onClear }: BulkBarProps) {
  useKeys({ Escape: onClear });
  return (
    <section class="bulk-bar" aria-label="Selected jobs">
      <p role="status">
        <strong class="numeric">{selected.length}</strong> selected
      </p>
      {JOB_ACTIONS.map((action) => {
        const possible = selected.filter((job) => isOffered(action, job.status));
        return possible.length === 0 ? null : (
          <Button key={action} onClick={() => onAct(action, possible)}>
            {actionLabel(action)} {possible.length}
          </Button>
        );
      })}
      <Button look="quiet" onClick={onClear}>
        Clear
      </Button>
    </section>
  );
}
