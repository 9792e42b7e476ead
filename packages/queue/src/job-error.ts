import { QueueErrorCode } from './errors.ts';
import type { JobError } from './job.ts';

const MAX_CAUSES = 5;

/** An error as data, frozen, for a job's record. Anything may have been thrown. */
export function toJobError(thrown: unknown): JobError {
  if (!(thrown instanceof Error)) return Object.freeze({ name: 'Error', message: describeThrown(thrown) });
  const causes = Object.freeze(causesOf(thrown));
  return Object.freeze({
    name: thrown.name,
    message: thrown.message,
    ...('code' in thrown && typeof thrown.code === 'string' && { code: thrown.code }),
    ...(thrown.stack !== undefined && { stack: thrown.stack }),
    ...(causes.length > 0 && { causes }),
  });
}

/** The error of a job whose worker died again and again while running it. For stores. */
export function poisonError(crashes: number): JobError {
  return Object.freeze({
    name: 'QueueError',
    code: QueueErrorCode.QUEUE_JOB_POISON,
    message: `Its worker died ${crashes} times while running it. Look for what it does to the process before starting it again.`,
  });
}

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < MAX_CAUSES; ) {
    causes.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : describeThrown(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

function describeThrown(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  return `A handler threw ${thrown === null ? 'null' : `a value of type ${typeof thrown}`} instead of an Error.`;
}
