/** What an operator can do to jobs, queues and schedules. */
export const AuditAction = {
  JOB_RETRY: 'job:retry',
  /** Started again with another payload. */
  JOB_EDIT: 'job:edit',
  JOB_CANCEL: 'job:cancel',
  JOB_DELETE: 'job:delete',
  QUEUE_PAUSE: 'queue:pause',
  QUEUE_RESUME: 'queue:resume',
  QUEUE_DRAIN: 'queue:drain',
  QUEUE_PURGE: 'queue:purge',
  DEAD_LETTERS_REPLAY: 'dead-letters:replay',
  DEAD_LETTERS_CLEAR: 'dead-letters:clear',
  SCHEDULE_SET: 'schedule:set',
  SCHEDULE_REMOVE: 'schedule:remove',
  SCHEDULE_PAUSE: 'schedule:pause',
  SCHEDULE_RESUME: 'schedule:resume',
  SCHEDULE_RUN: 'schedule:run',
} as const;
export type AuditAction = (typeof AuditAction)[keyof typeof AuditAction];

/** What an action is done to. */
export interface AuditTarget {
  readonly kind: 'job' | 'queue' | 'schedule';
  /** The job's id, or the name of the queue or the schedule. */
  readonly id: string;
  /** The queue it belongs to; `null` where that is not known, or it is not one queue. */
  readonly queue: string | null;
}

/** States and numbers. Never payloads, results, recipients or keys. */
export type AuditFacts = Readonly<Record<string, string | number | boolean | null>>;

/** One line about an action. There are two: one before it is done, one with what came of it. */
export interface AuditEntry {
  /** Of the action: its two entries have the same. */
  readonly id: string;
  readonly at: Date;
  /** Who did it, as the app calls them. */
  readonly actor: string;
  readonly action: AuditAction;
  readonly target: AuditTarget;
  /** How it stood when it was looked at last before; `null` when there was nothing. Somebody else may have changed it since. */
  readonly before: AuditFacts | null;
  /** How it stands; `null` while that is not known, and when it is gone. */
  readonly after: AuditFacts | null;
  /**
   * `requested`: about to be done. `done`: it was. `failed`: it was refused, or the backend did not answer and nobody knows. A `requested` that is followed by neither was
   * cut off by the end of the process.
   */
  readonly outcome: 'requested' | 'done' | 'failed';
  /** Why they did it, in their own words. */
  readonly reason?: string;
  /** The code of the error, when it `failed`. */
  readonly errorCode?: string;
}

/** Where entries are kept. The `AuditLog` of `@townkrier/storage` is one: `{ write: async (entry) => void (await auditLog.append(entry)) }`. */
export interface AuditSink {
  /** Keeps an entry; resolves when it is as safe as it shall be. The action waits for it. Called several times at once. */
  write(entry: AuditEntry): Promise<void>;
}
