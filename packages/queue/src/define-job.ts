import { functionOption, type JsonValue, parseOptions } from '@townkrier/core';
import { z } from 'zod';
import { type BackoffOption, backoffSchema, type StoredBackoff } from './backoff.ts';
import { NonRetryableError, QueueError, QueueErrorCode } from './errors.ts';
import type { QueueJob } from './job.ts';
import { MAX_PRIORITY, MAX_RETENTION_MS } from './new-job.ts';

/** What a kind of job is called, what it carries, and what its jobs get that say nothing else. */
export interface JobDefinitionOptions<Name extends string, Schema extends z.ZodType> {
  /** Names the kind in stored jobs; must never change. */
  readonly name: Name;
  /** Where its jobs wait. @default 'default' */
  readonly queue?: string | undefined;
  /** Checked when a job is added, and again before it is run. What it takes in is stored, so that has to be plain data. Synchronous. */
  readonly payload: Schema;
  /** Retries after the first try; `0` tries once. @default the adapter's */
  readonly retries?: number | undefined;
  /** How retries wait. @default the adapter's */
  readonly backoff?: BackoffOption | undefined;
  /** Milliseconds an attempt may take. @default the adapter's */
  readonly timeout?: number | undefined;
  /** Higher first. @default JobPriority.NORMAL */
  readonly priority?: number | undefined;
  /** Milliseconds its jobs, and so their `idempotencyKey`s, are kept at least after they ended, however short the adapter's history is. @default 0 */
  readonly keyRetention?: number | undefined;
  /** Milliseconds its jobs are kept at most after they completed or were cancelled; a longer `keyRetention` wins. What failed stays as long as the adapter's history is. @default its queue's `retention` */
  readonly removeAfter?: number | undefined;
  /** Milliseconds after it was added, or after `scheduledFor` where that lies ahead, in which a job has to start; later it is cancelled instead. @default any time will do */
  readonly expiresIn?: number | undefined;
  /** Raise it when the payload changes shape, and write `upgrade`. @default 1 */
  readonly version?: number | undefined;
  /** Turns the payload of an older version into today's. Without it, older payloads are checked as they are. */
  readonly upgrade?: ((payload: JsonValue, fromVersion: number) => unknown) | undefined;
}

/** A kind of job, as {@link defineJob} made it. */
export interface JobDefinition<Name extends string = string, Input = never, Output = unknown> {
  readonly name: Name;
  readonly queue: string;
  readonly version: number;
  readonly retries: number | undefined;
  readonly backoff: StoredBackoff | undefined;
  readonly timeout: number | undefined;
  readonly priority: number | undefined;
  readonly keyRetention: number | undefined;
  readonly removeAfter: number | undefined;
  readonly expiresIn: number | undefined;
  /**
   * What is stored for a payload: the payload as it was given, and the version it has.
   * @throws {QueueError} `QUEUE_PAYLOAD_INVALID`, naming the fields that are wrong.
   */
  store(payload: Input): JsonValue;
  /**
   * The payload of a stored job, upgraded and checked.
   * @throws {NonRetryableError} `QUEUE_PAYLOAD_INVALID`: trying again cannot mend it, so the job goes to the dead letters at once.
   */
  read(job: QueueJob): Output;
}

/** Any kind of job. */
export type AnyJobDefinition = JobDefinition<string, never, unknown>;

const optionsSchema = z.strictObject({
  name: z.string().min(1).max(512),
  queue: z.string().min(1).max(512).default('default'),
  payload: z.custom<z.ZodType>(isSchema, 'expected a zod schema'),
  retries: z.int().min(0).optional(),
  backoff: backoffSchema.optional(),
  timeout: z.number().positive().optional(),
  priority: z.int().min(-MAX_PRIORITY).max(MAX_PRIORITY).optional(),
  keyRetention: z.int().min(0).max(MAX_RETENTION_MS).optional(),
  removeAfter: z.int().min(0).max(MAX_RETENTION_MS).optional(),
  expiresIn: z.number().positive().optional(),
  version: z.int().min(1).default(1),
  upgrade: functionOption<(payload: JsonValue, fromVersion: number) => unknown>().optional(),
});

/** What is kept as the payload of a typed job. */
const storedSchema = z.object({ version: z.int().min(1), data: z.custom<JsonValue>() });

/**
 * Defines a kind of job. Adding one and handling it are then checked by the compiler, and each payload is checked when it is stored and before it is run.
 *
 * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option, naming key and value.
 * @example
 * const buildReport = defineJob({ name: 'report.build', queue: 'reports', payload: z.object({ month: z.string() }) });
 * queueManager.handle(buildReport, async ({ payload }) => ({ pages: await build(payload.month) }));
 * await queueManager.add(buildReport, { month: '2026-01' });
 */
export function defineJob<const Name extends string, Schema extends z.ZodType>(
  options: JobDefinitionOptions<Name, Schema>,
): JobDefinition<Name, z.input<Schema>, z.output<Schema>> {
  const { payload: _payload, upgrade, ...settings } = parseOptions(optionsSchema, options, 'defineJob');
  const schema = options.payload;
  const { version } = settings;

  return Object.freeze({
    retries: undefined,
    backoff: undefined,
    timeout: undefined,
    priority: undefined,
    keyRetention: undefined,
    removeAfter: undefined,
    expiresIn: undefined,
    ...settings,
    name: options.name,
    store(payload: z.input<Schema>): JsonValue {
      const parsed = schema.safeParse(payload);
      if (!parsed.success) throw invalidPayload(options.name, parsed.error);
      // What was given is stored, not what the schema made of it: the schema is applied to it once more when the job is run. The adapter checks that it is plain data.
      return { version, data: payload as JsonValue };
    },
    read(job: QueueJob): z.output<Schema> {
      const stored = storedSchema.safeParse(job.payload);
      if (!stored.success) throw hopeless(`Job ${job.id} keeps no payload of "${options.name}".`);
      if (stored.data.version > version) throw newer(job, stored.data.version, version);
      const parsed = schema.safeParse(upgraded(job, stored.data));
      if (parsed.success) return parsed.data;
      throw hopeless(invalidPayload(options.name, parsed.error).message);
    },
  });

  function upgraded(job: QueueJob, stored: z.output<typeof storedSchema>): unknown {
    if (stored.version === version || upgrade === undefined) return stored.data;
    try {
      return upgrade(stored.data, stored.version);
    } catch (error) {
      throw hopeless(
        `The payload of job ${job.id} could not be upgraded from version ${stored.version} to ${version}.`,
        error,
      );
    }
  }
}

/** By its method, because an app may have a zod of its own. */
function isSchema(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'safeParse' in value &&
    typeof value.safeParse === 'function'
  );
}

function invalidPayload(name: string, error: z.ZodError): QueueError {
  return new QueueError(
    QueueErrorCode.QUEUE_PAYLOAD_INVALID,
    `The payload of "${name}" is invalid: ${error.issues.map(describe).join('; ')}.`,
  );
}

/** Where, and what was expected; never the value, which may be personal. */
function describe({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;
}

function newer(job: QueueJob, stored: number, known: number): NonRetryableError {
  return hopeless(
    `Job ${job.id} was added by a newer version: its payload has version ${stored}, this process knows ${known}. Update it, then retry the job.`,
  );
}

function hopeless(message: string, cause?: unknown): NonRetryableError {
  return new NonRetryableError(message, { code: QueueErrorCode.QUEUE_PAYLOAD_INVALID, cause });
}
