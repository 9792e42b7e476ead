import { ForwardingQueueAdapter } from '../forwarding-queue-adapter.ts';
import type { QueueJob } from '../job.ts';
import type { AddOptions, NewJob, QueueAdapter } from '../queue-adapter.ts';
import type { QueuePolicies } from './queue-policies.ts';

/** An adapter that fills in what new jobs leave out from the policies of their queues. */
export class FillingQueueAdapter extends ForwardingQueueAdapter {
  readonly #policies: QueuePolicies;

  constructor(adapter: QueueAdapter, policies: QueuePolicies) {
    super(adapter);
    this.#policies = policies;
  }

  override add(jobs: readonly NewJob[], options?: AddOptions): Promise<QueueJob[]> {
    return super.add(
      jobs.map((job) => this.#policies.fill(job)),
      options,
    );
  }
}
