import type { AuditTrail } from './audit/audit-trail.ts';
import type { EventStream } from './event-stream/event-stream.ts';
import type { QueueEventListener, QueueEventName } from './events.ts';
import type { QueueJob } from './job.ts';
import type { ReplayOptions, SharedState } from './job-store.ts';
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
} from './queue-adapter.ts';

/** An adapter that hands every call to another one, to be extended by what sees or changes some of them. What the other one cannot do, this one cannot either. */
export class ForwardingQueueAdapter implements QueueAdapter {
  readonly capabilities: QueueCapabilities;
  readonly shared?: SharedState;
  readonly stream?: EventStream;
  readonly audit?: AuditTrail;
  readonly countAhead?: (id: string) => Promise<number | null>;
  readonly ping?: () => Promise<void>;
  /** The other one. */
  protected readonly adapter: QueueAdapter;

  /** @param adapter - Closed with this one. */
  constructor(adapter: QueueAdapter) {
    this.adapter = adapter;
    this.capabilities = adapter.capabilities;
    if (adapter.shared !== undefined) this.shared = adapter.shared;
    if (adapter.stream !== undefined) this.stream = adapter.stream;
    if (adapter.audit !== undefined) this.audit = adapter.audit;
    if (adapter.countAhead !== undefined) this.countAhead = adapter.countAhead.bind(adapter);
    if (adapter.ping !== undefined) this.ping = adapter.ping.bind(adapter);
  }

  add(jobs: readonly NewJob[], options?: AddOptions): Promise<QueueJob[]> {
    return this.adapter.add(jobs, options);
  }

  getJob(id: string): Promise<QueueJob | null> {
    return this.adapter.getJob(id);
  }

  findJobs(filters: JobFilters): Promise<JobPage> {
    return this.adapter.findJobs(filters);
  }

  getStats(queue?: string): Promise<QueueStats> {
    return this.adapter.getStats(queue);
  }

  retryJob(id: string, options?: ReplayOptions): Promise<QueueJob> {
    return this.adapter.retryJob(id, options);
  }

  cancelJob(id: string): Promise<QueueJob> {
    return this.adapter.cancelJob(id);
  }

  deleteJob(id: string): Promise<void> {
    return this.adapter.deleteJob(id);
  }

  work(handler: JobHandler, options?: WorkOptions): Worker {
    return this.adapter.work(handler, options);
  }

  on<Name extends QueueEventName>(event: Name, listener: QueueEventListener<Name>): () => void {
    return this.adapter.on(event, listener);
  }

  close(): Promise<void> {
    return this.adapter.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
