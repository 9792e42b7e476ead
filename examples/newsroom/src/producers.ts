import type { QueueJob, QueueManager } from '@townkrier/queue';
import type { NewArticle } from './articles.ts';
import {
  aggregateDaily,
  healthCheck,
  otpSend,
  recomputeRange,
  scoreRerun,
  snapshotHourly,
  workflowDispatch,
  workflowRetry,
} from './contracts.ts';
import type { Newsroom } from './newsroom.ts';

/** What the newsroom asks to be done. Everything else follows from these. */
export class Producers {
  readonly #queue: QueueManager;
  readonly #newsroom: Newsroom;

  constructor(queue: QueueManager, newsroom: Newsroom) {
    this.#queue = queue;
    this.#newsroom = newsroom;
  }

  /** Keeps an article and starts its workflow. Asked for twice, both happen once: a process that died in between is asked again. */
  async publish(article: NewArticle): Promise<QueueJob> {
    this.#newsroom.articles.create(article);
    return this.#queue.add(
      workflowDispatch,
      { article: article.id },
      { idempotencyKey: `publish:${article.id}` },
    );
  }

  /** Starts again the steps of an article's workflow that failed for good. */
  retryWorkflow(article: string): Promise<QueueJob> {
    return this.#queue.add(workflowRetry, { article });
  }

  rescore(article: string): Promise<QueueJob> {
    return this.#queue.add(scoreRerun, { article });
  }

  sendLoginCode(subscriber: string): Promise<QueueJob> {
    return this.#queue.add(otpSend, { subscriber }, { groupKey: subscriber });
  }

  /** @param range - Days, both included. @throws {QueueError} `QUEUE_PAYLOAD_INVALID`. */
  recompute(range: { readonly from: string; readonly to: string }): Promise<QueueJob> {
    return this.#queue.add(recomputeRange, range);
  }

  /** What is done by the calendar. The same again changes nothing. */
  async setSchedules(): Promise<void> {
    const { schedules } = this.#queue;
    await schedules.set({ name: 'snapshot', job: snapshotHourly, payload: {}, cron: '1 * * * *' });
    await schedules.set({ name: 'days', job: aggregateDaily, payload: {}, cron: '5 0 * * *' });
    await schedules.set({
      name: 'health',
      job: healthCheck,
      payload: {},
      every: 60_000,
      missed: 'skip',
      overlap: 'skip',
    });
  }
}
