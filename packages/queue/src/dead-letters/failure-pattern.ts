import { createHash } from 'node:crypto';
import type { QueueJob } from '../job.ts';

/** Characters of a message that are looked at. */
const LONGEST_MESSAGE = 500;
const ID_LENGTH = 16;

/** What differs from one failure to the next of the same kind, and what is written instead. In this order. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/"[^"]*"|`[^`]*`|“[^”]*”|«[^»]*»|(?<!\w)'[^']*'(?!\w)/g, '"…"'],
  [/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, '<url>'],
  [/[^\s@<>()[\]"',;:]+@[^\s@<>()[\]"',;:]+/g, '<address>'],
  // Numbers, ids, dates, addresses of machines: whatever word has a digit in it.
  [/[\p{L}\p{N}_-]*\p{N}[\p{L}\p{N}_-]*(?:[.:,][\p{L}\p{N}_-]*\p{N}[\p{L}\p{N}_-]*)*/gu, '#'],
  [/\s+/g, ' '],
];

/** What went wrong with a job, without what is its own: jobs that failed for the same reason have the same. */
export interface FailurePattern {
  /** Names the group; the same in every process. */
  readonly group: string;
  /** The error's code, or its name where it has none. */
  readonly error: string;
  /** The error's message without numbers, ids, quoted texts and addresses. */
  readonly message: string;
}

/** The pattern of a failed job: its queue and type, its error's code or name, and what stays the same of the message. */
export function failurePatternOf({
  queue,
  type,
  error,
}: Pick<QueueJob, 'queue' | 'type' | 'error'>): FailurePattern {
  const name = error?.code ?? error?.name ?? 'Error';
  const message = toPattern(error?.message ?? '');
  const text = JSON.stringify([queue, type, name, message]);
  const group = createHash('sha256').update(text).digest('base64url').slice(0, ID_LENGTH);
  return { group, error: name, message };
}

function toPattern(message: string): string {
  const start = message.slice(0, LONGEST_MESSAGE);
  return VARYING.reduce((text, [varying, mark]) => text.replace(varying, mark), start).trim();
}
