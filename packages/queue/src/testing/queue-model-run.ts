import assert from 'node:assert/strict';
import { NonRetryableError, QueueErrorCode, RetryLaterError } from '../errors.ts';
import type { QueueJob } from '../job.ts';
import type { QueueStats } from '../queue-adapter.ts';
import type { CaseContext, ProbedWorker } from './case-context.ts';
import type { ProbedStart } from './handler-probe.ts';
import { MODEL_RETRY_DELAY, type ModelJob } from './model-job.ts';
import type { QueueCommand } from './queue-command.ts';
import { QueueModel } from './queue-model.ts';

/** Jobs in hand at once: few, so that jobs wait for room. */
const CONCURRENCY = 2;
/** The wait of a handler that asks to be tried later. */
const POSTPONE_MS = 3000;
/** How often a job may be started again by hand. */
const MAX_REPLAYS = 1;
/** How often the queue is looked at before it counts as different from the model. */
const LOOKS = 60;

/** Plays commands on a queue and on the model at the same time, and compares them after each. */
export class QueueModelRun {
  readonly #context: CaseContext;
  readonly #model: QueueModel;
  #worker: ProbedWorker;
  /** Starts of the current worker that the model was told. */
  #judged = 0;
  /** Calls of the handler that have not ended, by job. */
  readonly #inHand = new Map<string, ProbedStart>();
  #added = 0;

  constructor(context: CaseContext) {
    this.#context = context;
    this.#model = new QueueModel(context.harness.now(), {
      ...context.harness.limits,
      concurrency: CONCURRENCY,
    });
    this.#worker = context.work({ concurrency: CONCURRENCY });
  }

  async play(commands: readonly QueueCommand[]): Promise<void> {
    for (const command of commands) {
      this.#model.beginOperation(this.#context.harness.now());
      await this.#do(command);
      await this.#agree();
    }
  }

  #do(command: QueueCommand): Promise<void> {
    switch (command.do) {
      case 'add':
        return this.#add(command);
      case 'end':
        return this.#end(command);
      case 'advance':
        return this.#context.advance(command.ms);
      case 'crash':
        return this.#crash(command);
      case 'restart':
        return this.#restart();
      default:
        return this.#steer(command);
    }
  }

  async #add({ priority, delayMs, key, maxRetries }: Extract<QueueCommand, { do: 'add' }>): Promise<void> {
    this.#added += 1;
    const id = `job-${this.#added}`;
    const scheduledFor = delayMs === 0 ? null : this.#context.harness.now() + delayMs;
    const expected = this.#model.add({
      id,
      key: key === null ? null : `key-${key}`,
      priority,
      maxRetries,
      scheduledFor,
    });
    const added = await this.#context.add({
      id,
      maxRetries,
      ...(priority !== 5 && { priority }),
      ...(key !== null && { idempotencyKey: `key-${key}` }),
      ...(scheduledFor !== null && { scheduledFor }),
      backoff: {
        type: 'exponential',
        delay: MODEL_RETRY_DELAY,
        factor: 2,
        maxDelay: 86_400_000,
        jitter: 'none',
      },
    });
    assert.equal(added.id, expected.id, 'the job that add gave back');
  }

  async #end({ pick, how }: Extract<QueueCommand, { do: 'end' }>): Promise<void> {
    const id = pickOne(this.#model.running(), pick)?.id;
    const start = id === undefined ? undefined : this.#inHand.get(id);
    if (id === undefined || start === undefined) return;
    this.#inHand.delete(id);
    if (how === 'complete') {
      this.#model.complete(id);
      start.complete(id);
    } else if (how === 'postpone') {
      this.#model.postpone(id, POSTPONE_MS);
      start.fail(new RetryLaterError(POSTPONE_MS));
    } else {
      this.#model.fail(id, how === 'fail');
      start.fail(how === 'fail' ? new Error('failed') : new NonRetryableError('failed for good'));
    }
  }

  async #steer({
    do: action,
    pick,
  }: Extract<QueueCommand, { do: 'cancel' | 'retry' | 'delete' }>): Promise<void> {
    const job = pickOne([...this.#model.jobs.values()], pick);
    if (job === undefined) return;
    const { id } = job;
    if (action === 'retry') {
      // A job that came due while all hands were full may count as pending already, or not yet: both are right.
      if (this.#model.isDue(job) && job.status !== 'pending') return;
      const refusal = this.#model.retry(id, MAX_REPLAYS);
      return this.#expect(refusal, this.#context.adapter.retryJob(id, { maxReplays: MAX_REPLAYS }));
    }
    const refuse = (isAllowed: boolean) => (isAllowed ? null : QueueErrorCode.QUEUE_JOB_STATE);
    if (action === 'delete') {
      return this.#expect(refuse(this.#model.remove(id)), this.#context.adapter.deleteJob(id));
    }
    await this.#expect(refuse(this.#model.cancel(id)), this.#context.adapter.cancelJob(id));
    this.#inHand.get(id)?.fail(new Error('stopped, as the signal asked'));
    this.#inHand.delete(id);
  }

  async #expect(refusal: QueueErrorCode | null, call: Promise<unknown>): Promise<void> {
    if (refusal === null) await call;
    else await this.#context.refuses(call, refusal);
  }

  async #crash({ reportsLate }: Extract<QueueCommand, { do: 'crash' }>): Promise<void> {
    const zombies = this.#takeAllInHand();
    await this.#context.harness.stallWorkers();
    this.#model.stallWorkers();
    this.#startWorker();
    await this.#context.advance(this.#context.harness.limits.leaseOverMs);
    this.#judgeStarts();
    this.#model.now = this.#context.harness.now();
    for (const job of this.#model.jobs.values()) if (job.stalledAt !== null) this.#model.takeBack(job);
    if (reportsLate) for (const zombie of zombies) zombie.complete('too late');
  }

  async #restart(): Promise<void> {
    const { limits } = this.#context.harness;
    const leftOver = this.#takeAllInHand();
    const stopping = this.#worker.worker.stop();
    await this.#context.advance(limits.shutdownTimeoutMs + limits.toleranceMs);
    await this.#context.inTime(stopping, 'stop resolves');
    this.#judgeStarts();
    this.#model.beginOperation(this.#context.harness.now());
    for (const job of this.#model.running()) this.#model.giveBack(job);
    for (const start of leftOver) start.complete('too late');
    this.#startWorker();
  }

  #startWorker(): void {
    this.#worker = this.#context.work({ concurrency: CONCURRENCY });
    this.#judged = 0;
  }

  #takeAllInHand(): ProbedStart[] {
    const starts = [...this.#inHand.values()];
    this.#inHand.clear();
    return starts;
  }

  /** Lets the model judge what was started since it last did. */
  #judgeStarts(): void {
    for (const start of this.#worker.probe.starts.slice(this.#judged)) {
      this.#judged += 1;
      this.#model.start(start.jobId, start.at);
      this.#inHand.set(start.jobId, start);
    }
  }

  /** Waits until queue and model say the same, and then looks once more, for what should not have happened. */
  async #agree(): Promise<void> {
    let difference: unknown;
    for (let look = 0, agreed = 0; look < LOOKS; look += 1) {
      this.#judgeStarts();
      this.#model.now = this.#context.harness.now();
      try {
        await this.#compare();
        agreed += 1;
        if (agreed === 2) return;
      } catch (error) {
        difference = error;
      }
      await this.#context.advance(0);
    }
    throw difference;
  }

  async #compare(): Promise<void> {
    assert.equal(this.#model.mustStart(), false, 'a worker with room leaves a job that is due');
    const counted: Record<string, number> = {};
    for (const expected of this.#model.jobs.values()) {
      const actual = await this.#context.job(expected.id);
      this.#compareJob(actual, expected);
      counted[actual.status] = (counted[actual.status] ?? 0) + 1;
    }
    assert.deepEqual(withoutZeros(await this.#context.adapter.getStats()), counted, 'stats');
  }

  #compareJob(actual: QueueJob, expected: ModelJob): void {
    const { id, status, attempts, crashes, replays, priority, maxRetries } = actual;
    const isPromoted = status === 'pending' && this.#model.isDue(expected);
    assert.deepEqual(
      { id, status: isPromoted ? expected.status : status, attempts, crashes, replays, maxRetries },
      {
        id,
        status: expected.status,
        attempts: expected.attempts,
        crashes: expected.crashes,
        replays: expected.replays,
        maxRetries: expected.maxRetries,
      },
    );
    assert.equal(priority, expected.priority, `priority of ${id}`);
    if (status === 'scheduled' || status === 'retrying')
      assert.equal(actual.nextRunAt?.getTime(), expected.dueTo, `${id} is due`);
    if (status === 'failed') assert.ok(actual.error, `${id} keeps its error`);
    if (status === 'completed') assert.equal(actual.result, id, `${id} keeps its result`);
  }
}

/** The entry a pick points at. */
function pickOne(jobs: readonly ModelJob[], pick: number): ModelJob | undefined {
  return jobs.length === 0 ? undefined : jobs[pick % jobs.length];
}

function withoutZeros(stats: QueueStats): Record<string, number> {
  return Object.fromEntries(Object.entries(stats).filter(([, count]) => count > 0));
}
