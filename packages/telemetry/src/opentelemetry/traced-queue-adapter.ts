import {
  type Attributes,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type Tracer,
} from '@opentelemetry/api';
import {
  type AddOptions,
  ForwardingQueueAdapter,
  type JobContext,
  type JobHandler,
  type NewJob,
  type QueueAdapter,
  type QueueJob,
  RetryLaterError,
  type Worker,
  type WorkOptions,
} from '@townkrier/queue';
import { SpanAttribute } from './attributes.ts';
import { markFailed, runInSpan } from './run-in-span.ts';
import { fromTraceparent, TRACEPARENT, toTraceparent } from './traceparent.ts';
import { resolveTracer, type TracingOptions } from './tracing-options.ts';

const SYSTEM = { [SpanAttribute.SYSTEM]: 'townkrier' } as const;
const ENQUEUE = {
  ...SYSTEM,
  [SpanAttribute.OPERATION_NAME]: 'enqueue',
  [SpanAttribute.OPERATION_TYPE]: 'send',
};
const PROCESS = {
  ...SYSTEM,
  [SpanAttribute.OPERATION_NAME]: 'process',
  [SpanAttribute.OPERATION_TYPE]: 'process',
};

/**
 * An adapter whose jobs can be followed: `townkrier.enqueue` where they are added, and `townkrier.job` for each attempt, in whatever process, at the root of a trace of its own
 * and linked to where the job was added. A job that waits for days would make one trace of days.
 *
 * The link is kept as `traceparent` in the job's metadata; one that is there already stays. Without an SDK it costs next to nothing and changes nothing.
 *
 * @example
 * const queueManager = new QueueManager(new TracedQueueAdapter(sqliteAdapter), notificationManager);
 * notificationManager.use(traceDeliveries());
 */
export class TracedQueueAdapter extends ForwardingQueueAdapter {
  readonly #tracer: Tracer;

  /**
   * @param adapter - Closed with this one.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option.
   */
  constructor(adapter: QueueAdapter, options: TracingOptions = {}) {
    super(adapter);
    this.#tracer = resolveTracer(options, 'TracedQueueAdapter');
  }

  override add(jobs: readonly NewJob[], options?: AddOptions): Promise<QueueJob[]> {
    const span = this.#tracer.startSpan('townkrier.enqueue', {
      kind: SpanKind.PRODUCER,
      attributes: { ...ENQUEUE, ...describeNew(jobs) },
    });
    return runInSpan(span, async () => {
      const stored = await super.add(linkedTo(span, jobs), options);
      if (stored.length === 1) span.setAttribute(SpanAttribute.MESSAGE_ID, stored[0]?.id ?? '');
      return stored;
    });
  }

  override work(handler: JobHandler, options?: WorkOptions): Worker {
    return super.work((jobContext) => this.#attempt(handler, jobContext), options);
  }

  #attempt(handler: JobHandler, jobContext: JobContext): ReturnType<JobHandler> {
    const { job, attempt } = jobContext;
    const attributes = {
      ...PROCESS,
      [SpanAttribute.DESTINATION]: job.queue,
      [SpanAttribute.MESSAGE_ID]: job.id,
      [SpanAttribute.JOB_TYPE]: job.type,
      [SpanAttribute.JOB_ATTEMPT]: attempt,
    };
    const options = { kind: SpanKind.CONSUMER, attributes, links: linksOf(job) };
    const span = this.#tracer.startSpan('townkrier.job', options, ROOT_CONTEXT);
    return runInSpan(
      span,
      async () => handler(jobContext),
      (error) => {
        if (RetryLaterError.is(error)) span.setAttribute(SpanAttribute.OUTCOME, 'postponed');
        else markFailed(span, error);
      },
    );
  }
}

/** A queue is named where it is one, and how many there are where there is not one. */
function describeNew(jobs: readonly NewJob[]): Attributes {
  const queues = new Set(jobs.map(({ queue = 'default' }) => queue));
  const [queue] = queues;
  return {
    ...(queues.size === 1 && queue !== undefined && { [SpanAttribute.DESTINATION]: queue }),
    ...(jobs.length !== 1 && { [SpanAttribute.BATCH_COUNT]: jobs.length }),
  };
}

function linkedTo(span: Span, jobs: readonly NewJob[]): readonly NewJob[] {
  const traceparent = toTraceparent(span.spanContext());
  if (traceparent === null) return jobs;
  return jobs.map((job) => ({ ...job, metadata: { [TRACEPARENT]: traceparent, ...job.metadata } }));
}

function linksOf({ metadata }: QueueJob): Link[] {
  const context = fromTraceparent(metadata[TRACEPARENT]);
  return context === null ? [] : [{ context }];
}
