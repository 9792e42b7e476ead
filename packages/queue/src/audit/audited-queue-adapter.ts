import type { QueueEventListener, QueueEventName } from '../events.ts';
import type { QueueJob } from '../job.ts';
import type { ReplayOptions, SharedState } from '../job-store.ts';
import type {
  AddOptions,
  JobFilters,
  JobHandler,
  JobPage,
  NewJob,
  QueueAdapter,
  QueueCapabilities,
  QueueStats,
  Worker,
  WorkOptions,
} from '../queue-adapter.ts';
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
export class AuditedQueueAdapter implements QueueAdapter {
  readonly capabilities: QueueCapabilities;
  readonly audit: AuditTrail;
  readonly shared?: SharedState;
  readonly countAhead?: (id: string) => Promise<number | null>;
  readonly ping?: () => Promise<void>;
  readonly #adapter: QueueAdapter;

  /**
   * @param adapter - Closed with this one.
   * @param audit - A trail, or the options of one.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option.
   */
  constructor(adapter: QueueAdapter, audit: AuditTrail | AuditTrailOptions) {
    this.#adapter = adapter;
    this.audit = audit instanceof AuditTrail ? audit : new AuditTrail(audit);
    this.capabilities = adapter.capabilities;
    if (adapter.shared !== undefined) this.shared = adapter.shared;
    if (adapter.countAhead !== undefined) this.countAhead = adapter.countAhead.bind(adapter);
    if (adapter.ping !== undefined) this.ping = adapter.ping.bind(adapter);
  }

  /**
   * The same adapter in the hands of somebody: what is done through it is reported as theirs. Cheap; make one for each request, and leave closing to the first one.
   * @throws as {@link AuditTrail.as}.
   */
  as(actor: string, why: { readonly reason?: string | undefined } = {}): AuditedQueueAdapter {
    return new AuditedQueueAdapter(this.#adapter, this.audit.as(actor, why));
  }

  add(jobs: readonly NewJob[], options?: AddOptions): Promise<QueueJob[]> {
    return this.#adapter.add(jobs, options);
  }

  getJob(id: string): Promise<QueueJob | null> {
    return this.#adapter.getJob(id);
  }

  findJobs(filters: JobFilters): Promise<JobPage> {
    return this.#adapter.findJobs(filters);
  }

  getStats(queue?: string): Promise<QueueStats> {
    return this.#adapter.getStats(queue);
  }

  /** @throws {QueueError} as the contract says; `QUEUE_AUDIT_FAILED`, having done nothing. */
  retryJob(id: string, options?: ReplayOptions): Promise<QueueJob> {
    const action = options?.payload === undefined ? AuditAction.JOB_RETRY : AuditAction.JOB_EDIT;
    return this.#record(action, id, () => this.#adapter.retryJob(id, options), factsOf);
  }

  /** @throws {QueueError} as the contract says; `QUEUE_AUDIT_FAILED`, having done nothing. */
  cancelJob(id: string): Promise<QueueJob> {
    return this.#record(AuditAction.JOB_CANCEL, id, () => this.#adapter.cancelJob(id), factsOf);
  }

  /** @throws {QueueError} as the contract says; `QUEUE_AUDIT_FAILED`, having done nothing. */
  deleteJob(id: string): Promise<void> {
    return this.#record(
      AuditAction.JOB_DELETE,
      id,
      () => this.#adapter.deleteJob(id),
      () => null,
    );
  }

  work(handler: JobHandler, options?: WorkOptions): Worker {
    return this.#adapter.work(handler, options);
  }

  on<Name extends QueueEventName>(event: Name, listener: QueueEventListener<Name>): () => void {
    return this.#adapter.on(event, listener);
  }

  close(): Promise<void> {
    return this.#adapter.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #record<Result>(
    action: AuditAction,
    id: string,
    run: () => Promise<Result>,
    after: (result: Result) => AuditFacts | null,
  ): Promise<Result> {
    const job = await this.#adapter.getJob(id);
    const target = { kind: 'job', id, queue: job?.queue ?? null } as const;
    return this.audit.record({ action, target, before: job && factsOf(job), after }, run);
  }
}

function factsOf({ status, attempts, replays, crashes, priority }: QueueJob): AuditFacts {
  return { status, attempts, replays, crashes, priority };
}
