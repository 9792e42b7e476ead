import { type Clock, type JsonValue, parseOptions, systemClock } from '@townkrier/core';
import { z } from 'zod';
import { toResult } from './attempt-outcome.ts';
import { type BackoffOption, backoffSchema } from './backoff.ts';
import { type BatchOutcome, readOutcome } from './batches/batch-outcome.ts';
import { type ParentStep, readParent } from './chains/chain-place.ts';
import type { AnyJobDefinition, JobDefinition } from './define-job.ts';
import { MAX_PRIORITY, MAX_RETENTION_MS } from './new-job.ts';
import type { JobContext, JobHandler, NewJob } from './queue-adapter.ts';

/** What one job gets instead of what its kind says. */
export interface TypedJobOptions {
  readonly priority?: number | undefined;
  /** Earliest start. A moment in the past means now. */
  readonly scheduledFor?: Date | undefined;
  /** Too late from then on: it is cancelled instead of started, and so is a retry that would come later. @default what its kind says */
  readonly expiresAt?: Date | undefined;
  readonly retries?: number | undefined;
  readonly backoff?: BackoffOption | undefined;
  /** Milliseconds an attempt may take. */
  readonly timeout?: number | undefined;
  /** A second job with the key of one that is kept gives back the first. */
  readonly idempotencyKey?: string | undefined;
  /** Milliseconds the job, and so its key, is kept at least after it ended, however short the adapter's history is. @default what its kind says */
  readonly keyRetention?: number | undefined;
  /** Milliseconds the job is kept at most after it completed or was cancelled; a longer `keyRetention` wins. What failed stays as long as the adapter's history is. @default what its kind says */
  readonly removeAfter?: number | undefined;
  /** Plain data, kept with the job. */
  readonly metadata?: Readonly<Record<string, JsonValue>> | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Who it belongs to, for filters. */
  readonly owner?: string | undefined;
  readonly groupKey?: string | undefined;
  /** @default a new one */
  readonly id?: string | undefined;
}

/** What the handler of a typed job is given. */
export interface TypedJobContext<Payload> extends JobContext {
  /** Upgraded and checked. */
  readonly payload: Payload;
  /** The same for every attempt and replay of the job: hand it to whatever must not be done twice. */
  readonly idempotencyKey: string;
  /** The step before, and what it returned; `null` for the first step of a chain, and outside of one. */
  readonly parent: ParentStep | null;
  /** How the batch ended that this job follows as its `whenDone`; `null` for every other job. */
  readonly batch: BatchOutcome | null;
}

/** Does the work of one kind of job. What it returns is the job's result, as plain data; what it throws means what it means for every {@link JobHandler}. */
export type TypedJobHandler<Payload> = (context: TypedJobContext<Payload>) => unknown;

const text = z.string().min(1).max(512);
const optionsSchema = z.strictObject({
  priority: z.int().min(-MAX_PRIORITY).max(MAX_PRIORITY).optional(),
  scheduledFor: z.date().optional(),
  expiresAt: z.date().optional(),
  retries: z.int().min(0).optional(),
  backoff: backoffSchema.optional(),
  timeout: z.number().positive().optional(),
  idempotencyKey: text.optional(),
  keyRetention: z.int().min(0).max(MAX_RETENTION_MS).optional(),
  removeAfter: z.int().min(0).max(MAX_RETENTION_MS).optional(),
  metadata: z.record(z.string(), z.custom<JsonValue>()).optional(),
  tags: z.array(text).optional(),
  owner: text.optional(),
  groupKey: text.optional(),
  id: text.optional(),
});

/**
 * The job to store for a payload.
 *
 * @param clock - Says when now is, for `expiresIn`.
 * @throws {QueueError} `QUEUE_PAYLOAD_INVALID`. @throws {TownKrierError} `CONFIG_INVALID` for a wrong option.
 */
export function toTypedJob<Input>(
  definition: JobDefinition<string, Input, unknown>,
  payload: Input,
  options: TypedJobOptions,
  clock: Clock = systemClock,
): NewJob {
  const { retries, scheduledFor, expiresAt, ...same } = parseOptions(
    optionsSchema,
    options,
    `add of "${definition.name}"`,
  );
  const settings = {
    ...same,
    maxRetries: retries ?? definition.retries,
    scheduledFor: scheduledFor?.getTime(),
    expiresAt: expiresAt?.getTime() ?? endOfTime(definition, clock, scheduledFor),
    backoff: same.backoff ?? definition.backoff,
    timeout: same.timeout ?? definition.timeout,
    priority: same.priority ?? definition.priority,
    keyRetention: same.keyRetention ?? definition.keyRetention,
    removeAfter: same.removeAfter ?? definition.removeAfter,
  };
  return {
    ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
    type: definition.name,
    queue: definition.queue,
    payload: definition.store(payload),
  };
}

function endOfTime(
  { expiresIn }: Pick<AnyJobDefinition, 'expiresIn'>,
  clock: Clock = systemClock,
  scheduledFor: Date | undefined,
): number | undefined {
  if (expiresIn === undefined) return undefined;
  return Math.max(clock.now(), scheduledFor?.getTime() ?? 0) + expiresIn;
}

/** A handler for stored jobs of a kind. */
export function toJobHandler<Output>(
  definition: JobDefinition<string, never, Output>,
  handler: TypedJobHandler<Output>,
): JobHandler {
  return async (context) => {
    const { job } = context;
    const typed: TypedJobContext<Output> = {
      job,
      attempt: context.attempt,
      get signal() {
        return context.signal;
      },
      progress: context.progress,
      log: context.log,
      saveDeliveries: context.saveDeliveries,
      payload: definition.read(job),
      idempotencyKey: job.idempotencyKey ?? job.id,
      parent: readParent(job),
      batch: readOutcome(job),
    };
    return toResult(await handler(typed)) ?? undefined;
  };
}

/** Which handler runs which kind of job. */
export class JobHandlers {
  readonly #handlers = new Map<string, JobHandler>();

  /** Names of the kinds there is a handler for. */
  get names(): readonly string[] {
    return [...this.#handlers.keys()];
  }

  has({ name }: Pick<AnyJobDefinition, 'name'>): boolean {
    return this.#handlers.has(name);
  }

  /** @returns its undo. */
  set(name: string, handler: JobHandler): () => void {
    this.#handlers.set(name, handler);
    return () => {
      if (this.#handlers.get(name) === handler) this.#handlers.delete(name);
    };
  }

  find(name: string): JobHandler | null {
    return this.#handlers.get(name) ?? null;
  }
}
