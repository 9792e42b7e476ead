import {
  type Clock,
  CoreErrorCode,
  functionOption,
  type Notification,
  parseOptions,
  type Recipient,
  type SendOptions,
  type SendResults,
  type StoredNotification,
  systemClock,
  TownKrierError,
} from '@townkrier/core';
import { z } from 'zod';
import { Batches } from './batches/batches.ts';
import { type ChainOptions, toChain } from './chains/chain-options.ts';
import { isChained } from './chains/chain-place.ts';
import { runStep } from './chains/run-step.ts';
import type { Step } from './chains/step.ts';
import { DeadLetters } from './dead-letters/dead-letters.ts';
import type { AddResult } from './dedupe/add-result.ts';
import type { DedupeOption } from './dedupe/dedupe.ts';
import { UniqueAdds } from './dedupe/unique-adds.ts';
import type { AnyJobDefinition, JobDefinition } from './define-job.ts';
import { NonRetryableError, QueueError, QueueErrorCode } from './errors.ts';
import type { EventStreamOptions, StreamedEvent, StreamGap } from './event-stream/event-stream.ts';
import type { JobEventName, QueueEventListener, QueueEventName } from './events.ts';
import type { QueueJob } from './job.ts';
import { unsupported } from './new-job.ts';
import { runNotificationJob } from './notification-handler.ts';
import { isUntried, NOTIFICATION_JOB_TYPE, toNotificationJob } from './notification-job.ts';
import type { NotificationSender } from './notification-sender.ts';
import { OwnerJobs } from './owner/owner-jobs.ts';
import type { QueueDefinition } from './policy/define-queue.ts';
import { FillingQueueAdapter } from './policy/filling-queue-adapter.ts';
import { QueueControl } from './policy/queue-control.ts';
import { QueuePolicies } from './policy/queue-policies.ts';
import { warningOf } from './process-warning.ts';
import { Processing, type ProcessingOptions, planWorkers, resolveProcessingOptions } from './processing.ts';
import type { JobContext, JobFilters, JobPage, NewJob, QueueAdapter, QueueStats } from './queue-adapter.ts';
import { type EnqueueOptions, type QueueJobConfig, resolveQueueJobConfig } from './queue-job-config.ts';
import { Schedules } from './schedules/schedules.ts';
import { type QueueInsight, type QueuePosition, QueueStatistics } from './statistics/queue-statistics.ts';
import type { StatisticsOptions } from './statistics/statistics-range.ts';
import { isClock } from './store-queue-adapter-options.ts';
import {
  JobHandlers,
  type TypedJobHandler,
  type TypedJobOptions,
  toJobHandler,
  toTypedJob,
} from './typed-job.ts';

const warnOfStatisticsError = warningOf('Statistics could not be stored; that is tried again.');

/** One notification of an `enqueueMany`. */
export interface EnqueueRequest {
  readonly notification: Notification;
  readonly recipient: Recipient;
  readonly config?: QueueJobConfig | undefined;
}

/** Options of a {@link QueueManager}. */
export interface QueueManagerOptions {
  /** Queues with a policy. The same in every process, as far as they share queues. @default none */
  readonly queues?: readonly QueueDefinition[] | undefined;
  /** Times a job that failed for good may be started again from `deadLetters`. @default 5 */
  readonly maxReplays?: number | undefined;
  /** Kinds of jobs whose payloads may be edited in `deadLetters`, besides those that have a handler here. @default none */
  readonly jobs?: readonly AnyJobDefinition[] | undefined;
  /**
   * Counts what becomes of the jobs that this process runs, for `getQueueStats` and `position`. One manager of each process that runs jobs should; a second one on the same adapter
   * would count everything twice. @default false
   */
  readonly statistics?: boolean | undefined;
  /** Milliseconds for which `getQueueStats` and the speed behind `position` are not read again. @default 1000 */
  readonly statsTtl?: number | undefined;
  /** Told when schedules, batches or the counts of `statistics` cannot be read or stored; that is tried again. @default a process warning */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Where time comes from, for what is reckoned before the adapter has a job. @default the machine's clock */
  readonly clock?: Clock | undefined;
}

/** Milliseconds. */
const DEFAULT_STATS_TTL = 1_000;

const managerSchema = z.strictObject({
  queues: z.array(z.custom<QueueDefinition>(isObject, 'expected what defineQueue made')).default([]),
  maxReplays: z.int().min(0).optional(),
  jobs: z.array(z.custom<AnyJobDefinition>(isObject, 'expected what defineJob made')).default([]),
  statistics: z.boolean().default(false),
  statsTtl: z.number().min(0).default(DEFAULT_STATS_TTL),
  onError: functionOption<(error: unknown) => void>().optional(),
  clock: z.custom<Clock>(isClock, 'expected a Clock').default(systemClock),
});

/**
 * Sends notifications now or in the background, and runs jobs of the app's own kinds beside them. Jobs are kept by the adapter; each is run at least once, and a
 * retry of a notification sends only what was not delivered yet.
 *
 * @example
 * const queueManager = new QueueManager(new InMemoryQueueAdapter(), notificationManager);
 * queueManager.startProcessing();
 * await queueManager.enqueue(new WelcomeEmail(), { email: { email: 'ada@example.com' } });
 */
export class QueueManager {
  /** What keeps the jobs. */
  readonly adapter: QueueAdapter;
  /** Queues in the hands of an operator: pause, resume, drain, purge. */
  readonly queues: QueueControl;
  /** Jobs that failed for good. */
  readonly deadLetters: DeadLetters;
  /** Jobs that are added again and again; watched while this process works. */
  readonly schedules: Schedules;
  /** Jobs that belong together, and one that follows them; looked after while this process works. */
  readonly batches: Batches;
  readonly #clock: Clock;
  readonly #policies: QueuePolicies;
  /** The adapter, as new jobs go to it: with the policies of their queues. */
  readonly #filling: QueueAdapter;
  readonly #unique: UniqueAdds;
  readonly #statistics: QueueStatistics;
  readonly #handlers = new JobHandlers();
  #sender: NotificationSender | undefined;
  readonly #definitions = new Map<string, AnyJobDefinition>();
  #processing: Processing | undefined;
  #stopping: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  /**
   * @param adapter - Closed with the manager.
   * @param notificationManager - Needed to send; may be given later with {@link QueueManager.setNotificationManager}.
   * @throws {QueueError} `QUEUE_UNSUPPORTED` for a policy that the adapter cannot keep.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong option, or a queue that is defined twice.
   */
  constructor(
    adapter: QueueAdapter,
    notificationManager?: NotificationSender,
    options: QueueManagerOptions = {},
  ) {
    const parsed = parseOptions(managerSchema, options, 'QueueManager');
    const { clock, queues, maxReplays, jobs, statistics: isCounting, statsTtl: ttl, onError } = parsed;
    this.adapter = adapter;
    this.#clock = clock;
    for (const definition of jobs) this.#definitions.set(definition.name, definition);
    this.#policies = new QueuePolicies(queues, adapter.capabilities);
    this.#filling = new FillingQueueAdapter(adapter, this.#policies);
    this.#unique = new UniqueAdds(this.#filling);
    this.deadLetters = new DeadLetters(this.#filling, { maxReplays, clock, jobs: this.#definitions });
    // In one process no news is missed and no clock drifts.
    const pollInterval = adapter.capabilities.isShared ? undefined : Number.POSITIVE_INFINITY;
    this.schedules = new Schedules(this.#filling, { clock, pollInterval, onError });
    this.batches = new Batches(this.#filling, { clock, onError });
    this.queues = new QueueControl({
      adapter,
      clock,
      names: this.#policies.names,
      forget: (job) => this.#forget(job),
    });
    this.#statistics = new QueueStatistics({
      adapter,
      clock,
      isCounting,
      ttl,
      onError: onError ?? warnOfStatisticsError,
    });
    this.#sender = notificationManager;
    this.#handlers.set(NOTIFICATION_JOB_TYPE, (context) =>
      runNotificationJob(this.#requireSender('work'), context),
    );
    adapter.on('job:failed', ({ jobId, type, reason }) => {
      if (type === NOTIFICATION_JOB_TYPE) void this.#withdraw(jobId, reason);
    });
    // One without a reason was cancelled by somebody, and whoever did that told the log.
    adapter.on('job:cancelled', ({ jobId, type, reason }) => {
      if (type === NOTIFICATION_JOB_TYPE && reason !== undefined) void this.#withdraw(jobId, reason);
    });
  }

  /** Replaces the manager that sends. Jobs in hand finish with the one they started with. */
  setNotificationManager(notificationManager: NotificationSender): void {
    this.#sender = notificationManager;
  }

  /**
   * Sends without a queue and waits for the outcome.
   *
   * @returns what became of each channel.
   * @throws {SendError} `NOTIFICATION_SEND_FAILED` with the results, when any delivery failed.
   * @throws {QueueError} `QUEUE_NO_NOTIFICATION_MANAGER`.
   */
  async sendNow(
    notification: Notification,
    recipient: Recipient,
    options?: SendOptions,
  ): Promise<SendResults> {
    return this.#requireSender('sendNow').send(notification, recipient, options);
  }

  /**
   * Stores a notification as a job and returns; a worker delivers it later, at least once.
   *
   * Channels, addresses and idempotency keys are decided now. With an `idempotencyKey` of a job that is kept, that job is returned and nothing stored.
   *
   * @param recipient - Addresses by channel, e.g. `{ email: { email: 'ada@example.com' } }`, or something that knows its own.
   * @param config - With a `transaction` of the app's own, the job is there once that commits, and never if it does not.
   * @returns The stored job: `scheduled` when `scheduledFor` lies ahead, otherwise `pending`.
   * @throws {QueueError} `QUEUE_CLOSED` after `close()`; `QUEUE_FULL`; `QUEUE_PAYLOAD_INVALID`; `QUEUE_PAYLOAD_TOO_LARGE`; `QUEUE_UNAVAILABLE`;
   * `QUEUE_TRANSACTION_INVALID`, and `QUEUE_UNSUPPORTED` on an adapter without transactions.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong `config`; `NOTIFICATION_NOT_STORABLE`; `NOTIFICATION_NO_CHANNELS`.
   */
  async enqueue(
    notification: Notification,
    recipient: Recipient,
    { transaction, dedupe, ...config }: QueueJobConfig & EnqueueOptions & DedupeOption = {},
  ): Promise<QueueJob> {
    if (dedupe !== undefined) {
      const options = { ...config, transaction, dedupe };
      return (await this.enqueueUnique(notification, recipient, options)).job;
    }
    const [job] = await this.enqueueMany([{ notification, recipient, config }], { transaction });
    // One request gives one job; an adapter that loses it must not go unnoticed.
    if (job === undefined)
      throw new QueueError(QueueErrorCode.QUEUE_JOB_NOT_FOUND, 'The adapter stored no job.');
    return job;
  }

  /**
   * As {@link QueueManager.enqueue}, and says whether the job is a new one: `exists` when it is kept under its `idempotencyKey`, or within the window of its `dedupe`.
   *
   * @throws as there; `CONFIG_INVALID` for an `id`, or for options that say something else than `dedupe`; `QUEUE_UNSUPPORTED` for a `dedupe` where processes share no values.
   */
  async enqueueUnique(
    notification: Notification,
    recipient: Recipient,
    { transaction, dedupe, ...config }: Omit<QueueJobConfig, 'id'> & EnqueueOptions & DedupeOption = {},
  ): Promise<AddResult> {
    const sender = this.#requireSender('enqueueUnique');
    this.#checkOpen();
    const { stored, job: newJob } = await this.#prepare(sender, { notification, recipient, config });
    const build = (scheduledFor?: Date): NewJob =>
      scheduledFor === undefined ? newJob : { ...newJob, scheduledFor: scheduledFor.getTime() };
    const { job, outcome, replaced } = await this.#unique.add(build, { transaction, dedupe });
    if (transaction === undefined) await announceQueued(sender, job, stored);
    for (const one of replaced) await this.#announceWithdrawn(one, 'a later one took its place');
    return { job, outcome };
  }

  /**
   * Stores many notifications, all or none, in one commit: one of its own, or that of a `transaction` of the app's.
   *
   * @returns the jobs, in the order given.
   * @throws as {@link QueueManager.enqueue}.
   */
  async enqueueMany(
    requests: readonly EnqueueRequest[],
    { transaction }: EnqueueOptions = {},
  ): Promise<QueueJob[]> {
    const sender = this.#requireSender('enqueue');
    this.#checkOpen();
    const prepared = await Promise.all(requests.map((request) => this.#prepare(sender, request)));
    const newJobs = prepared.map(({ job }) => job);
    if (transaction !== undefined) return this.#filling.add(newJobs, { transaction });
    const jobs = await this.#filling.add(newJobs);
    await Promise.all(jobs.map((job, i) => announceQueued(sender, job, prepared[i]?.stored)));
    return jobs;
  }

  /**
   * Stores a job of a kind of the app's own and returns; a worker runs it later, at least once.
   *
   * @param options - What this job gets instead of what its kind says; with a `transaction` of the app's own, the job is there once that commits, and never if it
   * does not.
   * @returns The stored job, or the one that is kept under its `idempotencyKey`.
   * @throws {QueueError} `QUEUE_PAYLOAD_INVALID`, naming the fields; `QUEUE_PAYLOAD_TOO_LARGE`; `QUEUE_CLOSED`; `QUEUE_FULL`; `QUEUE_UNAVAILABLE`.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong option.
   * @example
   * await queueManager.add(buildReport, { month: '2026-01' }, { owner: user.id });
   */
  async add<Input>(
    definition: JobDefinition<string, Input, unknown>,
    payload: Input,
    { transaction, dedupe, ...options }: TypedJobOptions & EnqueueOptions & DedupeOption = {},
  ): Promise<QueueJob> {
    if (dedupe !== undefined)
      return (await this.addUnique(definition, payload, { ...options, transaction, dedupe })).job;
    this.#checkOpen();
    return this.#addOne(toTypedJob(definition, payload, options, this.#clock), { transaction });
  }

  /**
   * As {@link QueueManager.add}, and says whether the job is a new one: `exists` when it is kept under its `idempotencyKey`, or within the window of its `dedupe`; `replaced` when it took
   * the place of a debounced one that waited. Of many adds at once, in whatever processes, one is told `added`.
   *
   * @throws as there; `CONFIG_INVALID` for an `id`, or for options that say something else than `dedupe`; `QUEUE_UNSUPPORTED` for a `dedupe` where processes share no values.
   * @example
   * const { job, outcome } = await queueManager.addUnique(handleWebhook, event, { idempotencyKey: event.id, keyRetention: 86_400_000 });
   */
  async addUnique<Input>(
    definition: JobDefinition<string, Input, unknown>,
    payload: Input,
    { transaction, dedupe, ...options }: Omit<TypedJobOptions, 'id'> & EnqueueOptions & DedupeOption = {},
  ): Promise<AddResult> {
    this.#checkOpen();
    const build = (scheduledFor = options.scheduledFor) =>
      toTypedJob(definition, payload, { ...options, scheduledFor }, this.#clock);
    const { job, outcome } = await this.#unique.add(build, { transaction, dedupe });
    return { job, outcome };
  }

  /**
   * Stores a chain of jobs of the app's own: each is added once the one before has succeeded, and its handler is given what that one returned (`parent`). A step that fails for good
   * or is cancelled stops the chain there; retrying it goes on.
   *
   * @param steps - From `step()`; 1 to 50.
   * @returns The first job, or the one that is kept under the chain's id or `idempotencyKey`.
   * @throws {QueueError} `QUEUE_PAYLOAD_INVALID`; `QUEUE_PAYLOAD_TOO_LARGE` for all steps together; `QUEUE_CLOSED`; `QUEUE_FULL`; `QUEUE_UNAVAILABLE`.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong option, no step, or too many.
   * @example
   * await queueManager.chain([step(fetchOrders, { day }), step(buildReport, { day }), step(mailReport, { to })]);
   */
  async chain(
    steps: readonly Step[],
    { transaction, ...options }: ChainOptions & EnqueueOptions = {},
  ): Promise<QueueJob> {
    this.#checkOpen();
    return this.#addOne(toChain(steps, options, this.#clock.now()), { transaction });
  }

  /**
   * Says how jobs of a kind are done in this process; `startProcessing` runs them from then on. Its payload is upgraded and checked before each attempt; one that does not
   * pass sends the job to the dead letters at once.
   *
   * @returns its undo.
   * @throws {TownKrierError} `CONFIG_INVALID` when the kind has a handler.
   */
  handle<Output>(
    definition: JobDefinition<string, never, Output>,
    handler: TypedJobHandler<Output>,
  ): () => void {
    if (!this.#handlers.has(definition)) {
      this.#definitions.set(definition.name, definition);
      return this.#handlers.set(definition.name, toJobHandler(definition, handler));
    }
    throw new TownKrierError(`Jobs of "${definition.name}" have a handler already. Undo that one first.`, {
      code: CoreErrorCode.CONFIG_INVALID,
    });
  }

  /** The job, or `null`. */
  getJob(jobId: string): Promise<QueueJob | null> {
    return this.adapter.getJob(jobId);
  }

  /**
   * Jobs, newest first unless asked otherwise; 50 unless `limit` says otherwise.
   * @throws {QueueError} `QUEUE_JOB_INVALID` for a wrong filter.
   */
  async getJobs(filters: JobFilters = {}): Promise<QueueJob[]> {
    return [...(await this.adapter.findJobs(filters)).jobs];
  }

  /** As {@link QueueManager.getJobs}, with the number that match in all. */
  findJobs(filters: JobFilters = {}): Promise<JobPage> {
    return this.adapter.findJobs(filters);
  }

  /**
   * Starts a failed or cancelled job again, or a waiting one at once. Sends only what was not delivered.
   * @throws {QueueError} `QUEUE_JOB_NOT_FOUND`; `QUEUE_JOB_STATE`.
   */
  async retryJob(jobId: string): Promise<void> {
    await this.adapter.retryJob(jobId);
  }

  /**
   * Ends a job that has not ended; a running one is told to stop. What was sent stays sent.
   * @throws {QueueError} `QUEUE_JOB_NOT_FOUND`; `QUEUE_JOB_STATE`.
   */
  async cancelJob(jobId: string): Promise<QueueJob> {
    const job = await this.adapter.cancelJob(jobId);
    await this.#announceWithdrawn(job, 'the job was cancelled');
    return job;
  }

  /**
   * Forgets a job that is not running.
   * @throws {QueueError} `QUEUE_JOB_NOT_FOUND`; `QUEUE_JOB_STATE` while it is processing.
   */
  async deleteJob(jobId: string): Promise<void> {
    const job = await this.adapter.getJob(jobId);
    if (job === null) await this.adapter.deleteJob(jobId);
    else await this.#forget(job);
  }

  /** How many jobs there are in each status, of one queue or of all. */
  getStats(queue?: string): Promise<QueueStats> {
    return this.adapter.getStats(queue);
  }

  /**
   * How a queue, or all together, stands and did over time: counts, throughput, failures, and how long jobs waited and ran. Cheap to ask: whoever asks at once or within `statsTtl` gets one
   * answer. The counts are read again as soon as this process hears that a job changed.
   *
   * @param options - The last hour by the minute unless asked otherwise. Minutes are kept for a day, hours for thirty; what is older, or was before `statistics` were counted, is 0.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong range.
   * @throws {QueueError} `QUEUE_UNAVAILABLE`.
   * @example
   * const { counts, history } = await queueManager.getQueueStats('mail', { from: new Date(Date.now() - 86_400_000), step: 900_000 });
   */
  getQueueStats(queue?: string, options: StatisticsOptions = {}): Promise<QueueInsight> {
    return this.#statistics.get(queue, options);
  }

  /**
   * How many jobs start before one that waits, and in about what time it starts itself. `null` when it does not wait, its time has not come, or it is not kept.
   * @throws {QueueError} `QUEUE_UNSUPPORTED` where that cannot be told.
   */
  position(jobId: string): Promise<QueuePosition | null> {
    return this.#statistics.position(jobId);
  }

  /**
   * Somebody's own jobs, for routes that a user may call: jobs of others do not exist there.
   * @throws {TownKrierError} `CONFIG_INVALID` for an owner that is no text or empty.
   * @example
   * app.delete('/jobs/:id', async (req, res) => res.json(await queueManager.forOwner(req.user.id).cancel(req.params.id)));
   */
  forOwner(owner: string): OwnerJobs {
    const { adapter } = this;
    return new OwnerJobs(owner, {
      adapter,
      cancel: (jobId) => this.cancelJob(jobId),
      position: async (jobId) => (adapter.countAhead === undefined ? null : this.position(jobId)),
    });
  }

  /**
   * Starts delivering queued notifications and running jobs in this process, and keeps it alive until `stopProcessing`. While it runs, another call does nothing.
   * Each queue with a policy has its own hands, all others share `concurrency`; schedules and batches are watched.
   * A job of a kind that has no handler here fails with `QUEUE_JOB_TYPE_UNKNOWN`: give it queues of its own, and this process only the `queues` it can do.
   * @throws {QueueError} `QUEUE_NO_NOTIFICATION_MANAGER` when there is no handler either; `QUEUE_CLOSED` after `close()`; `QUEUE_UNSUPPORTED` for a limit that the
   * adapter cannot keep.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong option.
   */
  startProcessing(options: ProcessingOptions = {}): void {
    const resolved = resolveProcessingOptions(options);
    if (this.#handlers.names.length === 1) this.#requireSender('startProcessing');
    this.#checkOpen();
    if (this.#processing !== undefined) return;
    this.#processing = new Processing(this.adapter, this.#run, planWorkers(this.#policies, resolved));
    this.schedules.start();
    this.batches.start();
  }

  /**
   * Stops taking jobs at once, and resolves when those in hand have ended or were given back after the adapter's `shutdownTimeout`. Does nothing when
   * nothing runs. Processing may be started again without waiting.
   */
  stopProcessing(): Promise<void> {
    const processing = this.#processing;
    this.#processing = undefined;
    if (processing !== undefined) {
      const stops = [this.#stopping, processing.stop(), this.schedules.stop(), this.batches.stop()];
      this.#stopping = Promise.all(stops).then(() => undefined);
    }
    return this.#stopping;
  }

  /** Listens to the adapter's jobs; returns its undo. */
  on<Name extends QueueEventName>(event: Name, listener: QueueEventListener<Name>): () => void {
    return this.adapter.on(event, listener);
  }

  /**
   * What happens to jobs in all processes of the backend, resumable by cursor; see {@link EventStream.read}.
   *
   * @throws {QueueError} `QUEUE_UNSUPPORTED` when the adapter was made without the option `eventStream`.
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong option.
   * @example
   * for await (const entry of queueManager.events({ after: lastSeen, names: ['job:completed', 'job:failed'] })) {
   *   if (entry.name === 'gap') await reload();
   *   else show(entry.event.jobId, entry.event.status);
   *   lastSeen = entry.cursor;
   * }
   */
  events<Name extends JobEventName = JobEventName>(
    options?: EventStreamOptions<Name>,
  ): AsyncIterable<StreamedEvent<Name> | StreamGap> {
    const { stream } = this.adapter;
    if (stream !== undefined) return stream.read(options);
    throw unsupported('stream of events; make it with the option eventStream: true, in every process');
  }

  /** Stops processing, then closes the adapter. Idempotent. `enqueue` is refused from the call on. */
  close(): Promise<void> {
    this.#closed ??= this.stopProcessing()
      .then(() => this.#statistics.close())
      .then(() => this.adapter.close());
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #run = (context: JobContext) => {
    const handler = this.#handlers.find(context.job.type);
    if (handler !== null && isChained(context.job)) {
      return runStep({ adapter: this.#filling, clock: this.#clock }, handler, context);
    }
    if (handler !== null) return handler(context);
    throw new NonRetryableError(
      `No handler runs jobs of type ${JSON.stringify(context.job.type)} here (known: ${this.#handlers.names.join(', ')}). ` +
        'Give this process one with handle(), or leave their queue out of its queues; then retry the job.',
      { code: QueueErrorCode.QUEUE_JOB_TYPE_UNKNOWN },
    );
  };

  async #addOne(newJob: NewJob, options: EnqueueOptions): Promise<QueueJob> {
    const [job] = await this.#filling.add([newJob], options);
    if (job !== undefined) return job;
    throw new QueueError(QueueErrorCode.QUEUE_JOB_NOT_FOUND, 'The adapter stored no job.');
  }

  async #prepare(sender: NotificationSender, { notification, recipient, config = {} }: EnqueueRequest) {
    const resolved = resolveQueueJobConfig(config);
    const { channels, metadata, idempotencyKey } = resolved;
    const stored = await sender.prepare(notification, recipient, {
      ...(channels !== undefined && { channels }),
      ...(metadata !== undefined && { metadata }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
    return { stored, job: toNotificationJob(stored, resolved, sender.clock.now()) };
  }

  async #forget(job: QueueJob): Promise<void> {
    await this.adapter.deleteJob(job.id);
    await this.#announceWithdrawn(job, 'the job was deleted');
  }

  /** Never rejects: an adapter that cannot be read now leaves the log without a last word, and nothing else. */
  async #withdraw(jobId: string, reason: string): Promise<void> {
    const job = await this.adapter.getJob(jobId).catch(() => null);
    if (job !== null) await this.#announceWithdrawn(job, reason);
  }

  async #announceWithdrawn(job: QueueJob, reason: string): Promise<void> {
    const keys = job.deliveries.filter(isUntried).map((delivery) => delivery.idempotencyKey);
    if (keys.length > 0) await this.#sender?.announceWithdrawn(keys, reason);
  }

  #requireSender(action: string): NotificationSender {
    if (this.#sender !== undefined) return this.#sender;
    throw new QueueError(
      QueueErrorCode.QUEUE_NO_NOTIFICATION_MANAGER,
      `${action} needs a NotificationManager. Pass one to the QueueManager, or call setNotificationManager.`,
    );
  }

  #checkOpen(): void {
    if (this.#closed === undefined) return;
    throw new QueueError(
      QueueErrorCode.QUEUE_CLOSED,
      'The queue manager is closed. Make a new one to go on.',
    );
  }
}

/** Tells the middlewares about a job, unless it is one that was kept before. */
async function announceQueued(
  sender: NotificationSender,
  job: QueueJob,
  stored: StoredNotification | undefined,
): Promise<void> {
  if (stored === undefined || !isJobOf(job, stored)) return;
  const isLater = job.status === 'scheduled' && job.scheduledFor !== null;
  await sender.announceQueued(stored, {
    jobId: job.id,
    maxAttempts: job.maxRetries + 1,
    ...(isLater && job.scheduledFor !== null && { scheduledFor: job.scheduledFor }),
  });
}

/** Each prepared notification has an id of its own, so a job with another one was stored earlier. */
function isJobOf(job: QueueJob, stored: StoredNotification): boolean {
  const { payload } = job;
  return typeof payload === 'object' && payload !== null && 'id' in payload && payload['id'] === stored.id;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
