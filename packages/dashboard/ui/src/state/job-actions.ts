import type { JobSummary, Me, Permission } from '../../../src/api-types.ts';
import { api } from '../api.ts';
import { confirmAction } from './confirmation.ts';
import { me } from './session.ts';
import { showToast } from './toasts.ts';

/** What can be done with a job by hand. */
export type JobAction = 'retry' | 'cancel' | 'delete';

/** The actions in the order they are offered. */
export const JOB_ACTIONS: readonly JobAction[] = ['retry', 'cancel', 'delete'];

/** How many requests of a bulk action are under way at once. */
const BULK_AT_ONCE = 4;

type ActedJob = Pick<JobSummary, 'id' | 'name' | 'status'>;

interface ActionWords {
  readonly label: string;
  readonly done: string;
  readonly text: string;
  readonly permission: Permission;
  /** Statuses in which the queue allows it. */
  readonly from: readonly string[];
  readonly run: (id: string) => Promise<unknown>;
}

const ACTIONS: Readonly<Record<JobAction, ActionWords>> = {
  retry: {
    label: 'Retry',
    done: 'Retried',
    text: 'It starts again with its retries as new. Deliveries that were sent stay sent.',
    permission: 'jobs:retry',
    from: ['failed', 'cancelled', 'retrying', 'scheduled'],
    run: api.retryJob,
  },
  cancel: {
    label: 'Cancel',
    done: 'Cancelled',
    text: 'It is not tried again. What was sent already stays sent.',
    permission: 'jobs:cancel',
    from: ['pending', 'scheduled', 'retrying', 'processing'],
    run: api.cancelJob,
  },
  delete: {
    label: 'Delete',
    done: 'Deleted',
    text: 'The job and its history are forgotten. Its rows in the notification log stay. This cannot be undone.',
    permission: 'jobs:delete',
    from: ['pending', 'scheduled', 'retrying', 'completed', 'failed', 'cancelled'],
    run: api.deleteJob,
  },
};

/** The word on the action's button. */
export function actionLabel(action: JobAction): string {
  return ACTIONS[action].label;
}

/** Whether an action may be offered for a job in this status: the queue allows it, and so does the server for this principal. */
export function isOffered(action: JobAction, status: string, session: Me | null = me.value): boolean {
  if (session === null) return false;
  const { from, permission } = ACTIONS[action];
  const isRunning = action === 'cancel' && status === 'processing';
  return (
    from.includes(status) &&
    session.permissions.includes(permission) &&
    (!isRunning || session.features.cancelRunning)
  );
}

/** Whether any action on a job is allowed at all. */
export function canAct(): boolean {
  return JOB_ACTIONS.some((action) => me.value?.permissions.includes(ACTIONS[action].permission));
}

/** Asks, then does it. @returns whether it was done; a refusal is told in a toast. */
export async function actOnJob(action: JobAction, job: ActedJob): Promise<boolean> {
  const { label, done, text, run } = ACTIONS[action];
  const isConfirmed = await confirmAction({
    title: `${label} this job?`,
    object: `${job.name} · ${job.id}`,
    text,
    action: `${label} job`,
    isDangerous: action !== 'retry',
  });
  if (!isConfirmed) return false;
  try {
    await run(job.id);
    showToast('good', `${done} ${job.name}.`);
    return true;
  } catch (error) {
    showToast('bad', `${label} failed: ${error instanceof Error ? error.message : 'unknown error'}`);
    return false;
  }
}

/** Asks with their number, then does it to each. @returns whether anything was done. */
export async function actOnJobs(action: JobAction, jobs: readonly ActedJob[]): Promise<boolean> {
  const { label, done, text, run } = ACTIONS[action];
  const count = jobs.length === 1 ? '1 job' : `${jobs.length} jobs`;
  const isConfirmed = await confirmAction({
    title: `${label} ${count}?`,
    object: nameSome(jobs),
    text,
    action: `${label} ${count}`,
    isDangerous: action !== 'retry',
  });
  if (!isConfirmed) return false;
  const refused = await runAll(jobs, run);
  const worked = jobs.length - refused.length;
  if (worked > 0) showToast('good', `${done} ${worked} of ${count}.`);
  if (refused.length > 0) showToast('bad', `${label} was refused for ${refused.length}: ${refused[0]}`);
  return worked > 0;
}

function nameSome(jobs: readonly ActedJob[]): string {
  const names = [...new Set(jobs.map((job) => job.name))];
  const rest = names.length - 3;
  return rest > 0 ? `${names.slice(0, 3).join(', ')} and ${rest} more names` : names.join(', ');
}

/** @returns the messages of those that were refused. */
async function runAll(jobs: readonly ActedJob[], run: ActionWords['run']): Promise<readonly string[]> {
  const waiting = [...jobs];
  const refused: string[] = [];
  const worker = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      await run(job.id).catch((error: unknown) =>
        refused.push(error instanceof Error ? error.message : 'unknown error'),
      );
    }
  };
  await Promise.all(Array.from({ length: BULK_AT_ONCE }, worker));
  return refused;
}
