import type { JobDetail } from '../../../src/api-types.ts';
import { actionLabel, isOffered, JOB_ACTIONS, type JobAction } from '../state/job-actions.ts';
import { Button } from './button.tsx';
import type { IconName } from './icon-paths.ts';

const LOOKS: Readonly<Record<JobAction, { look: 'primary' | 'plain'; icon: IconName }>> = {
  retry: { look: 'primary', icon: 'retry' },
  cancel: { look: 'plain', icon: 'crossCircle' },
  delete: { look: 'plain', icon: 'trash' },
};

interface JobActionsProps {
  readonly job: JobDetail;
  readonly onAct: (action: JobAction) => void;
}

/** What may be done with a job, as buttons: what its status allows and the reader is permitted. */
export function JobActions({ job, onAct }: JobActionsProps) {
  return (
    <>
      {JOB_ACTIONS.filter((action) => job.actions.includes(action) && isOffered(action, job.status)).map(
        (action) => (
          <Button key={action} {...LOOKS[action]} onClick={() => onAct(action)}>
            {actionLabel(action)}
          </Button>
        ),
      )}
    </>
  );
}
