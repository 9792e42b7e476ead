import { VirtualClock } from '@townkrier/core/testing';
import { z } from 'zod';
import { DeadLetters } from '../src/dead-letters/dead-letters.ts';
import type { DeadLettersOptions } from '../src/dead-letters/dead-letters-options.ts';
import { defineJob } from '../src/define-job.ts';
import { NonRetryableError } from '../src/errors.ts';
import {
  InMemoryQueueAdapter,
  type InMemoryQueueAdapterOptions,
} from '../src/in-memory/in-memory-queue-adapter.ts';
import type { QueueJob } from '../src/job.ts';
import { QueueManager } from '../src/queue-manager.ts';

/** A kind of job whose payload is of version 2. */
export const buildReport = defineJob({
  name: 'report.build',
  queue: 'reports',
  payload: z.object({ month: z.string().regex(/^\d{4}-\d{2}$/) }),
  retries: 0,
  version: 2,
});
/** Another kind. */
export const shipParcel = defineJob({
  name: 'parcel.ship',
  payload: z.object({ to: z.string() }),
  retries: 0,
});

/** A queue that works, in memory and on a virtual clock, and whose jobs fail until that is mended. */
export class FailingDesk {
  readonly clock = new VirtualClock();
  readonly adapter: InMemoryQueueAdapter;
  readonly queue: QueueManager;
  /** What an operator works with. */
  readonly deadLetters: DeadLetters;
  /** Ids of the jobs that were run, one entry a run. */
  readonly runs: string[] = [];
  /** What jobs throw; `null`: they complete. */
  fault: ((id: string) => Error) | null = () => new NonRetryableError('the report was refused');

  constructor(options: DeadLettersOptions = {}, adapterOptions: InMemoryQueueAdapterOptions = {}) {
    const { clock } = this;
    this.adapter = new InMemoryQueueAdapter({ clock, ...adapterOptions });
    this.queue = new QueueManager(this.adapter);
    this.deadLetters = this.open(options);
    this.queue.handle(buildReport, this.#run);
    this.queue.handle(shipParcel, this.#run);
    this.queue.startProcessing({ concurrency: 100 });
  }

  /** What another operator works with, on the same queue. */
  open(options: DeadLettersOptions = {}): DeadLetters {
    return new DeadLetters(this.adapter, { clock: this.clock, ...options });
  }

  /** Adds reports that fail, each a little later than the one before. */
  async fail(...ids: string[]): Promise<void> {
    for (const id of ids) {
      await this.queue.add(buildReport, { month: '2026-01' }, { id, owner: 'ada', tags: ['q1'] });
      await this.clock.advance(10);
    }
  }

  /** Adds many reports, and lets all of them fail. */
  async failMany(count: number): Promise<string[]> {
    const jobs = Array.from({ length: count }, (_, i) => ({
      id: `job-${i}`,
      type: buildReport.name,
      queue: buildReport.queue,
      maxRetries: 0,
      payload: buildReport.store({ month: '2026-01' }),
    }));
    await this.adapter.add(jobs);
    for (;;) {
      await this.clock.advance(10);
      if ((await this.queue.getStats()).failed >= count) return jobs.map(({ id }) => id);
    }
  }

  /** Where a job stands, once what is to run has run. */
  async statusOf(id: string): Promise<string | undefined> {
    await this.clock.advance(10);
    return (await this.queue.getJob(id))?.status;
  }

  readonly #run = ({ job }: { readonly job: QueueJob }): void => {
    this.runs.push(job.id);
    if (this.fault !== null) throw this.fault(job.id);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queue.close();
  }
}
