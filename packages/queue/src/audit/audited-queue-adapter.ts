import { ForwardingQueueAdapter } from '../forwarding-queue-adapter.ts';
import type { QueueJob } from '../job.ts';
import type { ReplayOptions } from '../job-store.ts';
import type { QueueAdapter } from '../queue-adapter.ts';
import { AuditAction, type AuditFacts } from './audit-entry.ts';
import { AuditTrail } from './audit-trail.ts';
import type { AuditTrailOptions } from './audit-trail-options.ts';

/**
 * An adapter that reports every job that is retried, edited, cancelled or deleted through it, so that managers, dead letters and dashboards built on it are audited without
 * knowing. Adding and working are the app's own doing and are not reported.
 *
 * Each reported call reads the job once before. Everything else goes straight through.
 *
 * @example
 * const adapter = new AuditedQueueAdapter(sqliteAdapter, { sink });
 * await adapter.as(user.name, { reason: 'sent to the wrong list' }).cancelJob(id);
 */
export class AuditedQueueAdapter extends ForwardingQueueAdapter {
  override readonly audit: AuditTrail;

  /**
   * @param adapter - Closed with this one.
   * @param audit - A trail, or the options of one.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option.
   */
  constructor(adapter: QueueAdapter, audit: AuditTrail | AuditTrailOptions) {
    super(adapter);
    this.audit = audit instanceof AuditTrail ? audit : new AuditTrail(audit);
  }

  /**
   * The same adapter in the hands of somebody: what is done through it is reported as theirs. Cheap; make one for each request, and leave closing to the first one.
   * @throws as {@link AuditTrail.as}.
   */
  as(actor: string, why: { readonly reason?: string | undefined } = {}): AuditedQueueAdapter {
    return new AuditedQueueAdapter(this.adapter, this.audit.as(actor, why));
  }

  /** @throws {QueueError} as the contract says; `QUEUE_AUDIT_FAILED`, having done nothing. */
  override retryJob(id: string, options?: ReplayOptions): Promise<QueueJob> {
    const action = options?.payload === undefined ? AuditAction.JOB_RETRY : AuditAction.JOB_EDIT;
    return this.#record(action, id, () => super.retryJob(id, options), factsOf);
  }

  /** @throws {QueueError} as the contract says; `QUEUE_AUDIT_FAILED`, having done nothing. */
  override cancelJob(id: string): Promise<QueueJob> {
    return this.#record(AuditAction.JOB_CANCEL, id, () => super.cancelJob(id), factsOf);
  }

  /** @throws {QueueError} as the contract says; `QUEUE_AUDIT_FAILED`, having done nothing. */
  override deleteJob(id: string): Promise<void> {
    return this.#record(
      AuditAction.JOB_DELETE,
      id,
      () => super.deleteJob(id),
      () => null,
    );
  }

  async #record<Result>(
    action: AuditAction,
    id: string,
    run: () => Promise<Result>,
    after: (result: Result) => AuditFacts | null,
  ): Promise<Result> {
    const job = await this.getJob(id);
    const target = { kind: 'job', id, queue: job?.queue ?? null } as const;
    return this.audit.record({ action, target, before: job && factsOf(job), after }, run);
  }
}

function factsOf({ status, attempts, replays, crashes, priority }: QueueJob): AuditFacts {
  return { status, attempts, replays, crashes, priority };
}
