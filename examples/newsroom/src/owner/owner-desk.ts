import { type AuditedQueueAdapter, DeadLetters, type QueueDefinition, QueueManager } from '@townkrier/queue';
import { jobsByName } from '../contracts.ts';

/** What one owner does to queues and dead letters; all of it is reported as theirs. A confirmation is good on the desk that gave it, so each owner keeps one. */
export class OwnerDesk {
  readonly queues: QueueManager['queues'];
  readonly deadLetters: DeadLetters;

  constructor(adapter: AuditedQueueAdapter, owner: string, queues: readonly QueueDefinition[]) {
    const own = adapter.as(owner);
    this.queues = new QueueManager(own, undefined, { queues }).queues;
    // Those of a manager let owners edit only what the process has handlers for. The handlers are in the workers.
    this.deadLetters = new DeadLetters(own, { jobs: jobsByName });
  }
}
