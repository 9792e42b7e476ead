import { z } from 'zod';
import { DEFAULT_CIRCUIT_FAILURES, DEFAULT_CIRCUIT_REST } from './circuit-breaker.ts';
import { type Clock, systemClock } from './clock.ts';
import { createId } from './create-id.ts';
import { DEFAULT_IDEMPOTENCY_SECRET } from './idempotency-key.ts';
import { functionOption, parseOptions } from './options.ts';
import type { MiddlewareErrorHandler } from './run-middleware.ts';
import { type ListenerErrorHandler, warnOfListenerError } from './typed-emitter.ts';

/** Milliseconds a provider has to answer. */
export const DEFAULT_PROVIDER_TIMEOUT = 30_000;

/** One channel of the configuration; a factory registered under its name builds it. */
export interface ChannelConfiguration {
  /** Case-sensitive. */
  readonly name: string;
  /** @default true */
  readonly enabled?: boolean;
  /** Among providers of the same channel the higher goes first. @default 0 */
  readonly priority?: number;
  /** Handed to the factory, which checks it. */
  readonly config?: unknown;
}

/** Options of a `NotificationManager`. */
export interface NotificationManagerOptions {
  /** Name of the channel that goes first among those of its kind, whatever their priorities. */
  readonly defaultChannel?: string;
  /** Whether the next provider of the same kind is asked when one is unreachable, busy or resting. @default false */
  readonly enableFallback?: boolean;
  /** What registered factories build. @default [] */
  readonly channels?: readonly ChannelConfiguration[];
  /** Milliseconds each provider call may take; then its outcome is unknown. @default 30000 */
  readonly timeout?: number;
  /** When a failing provider gets a rest; `false` never. */
  readonly circuitBreaker?:
    | false
    | {
        /** Failures in a row that open the circuit. @default 5 */
        readonly failures?: number;
        /** Milliseconds of rest before one call probes the provider. @default 30000 */
        readonly rest?: number;
      };
  /**
   * Keys the idempotency keys, so that nobody can test guesses of an address against one. Must be the same in every process.
   * @default a constant of the library
   */
  readonly idempotencySecret?: string;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** Makes the ids of notifications; must never repeat. @default nanoid */
  readonly createId?: () => string;
  /** The W3C trace context to keep with a notification that is stored. @default none is kept */
  readonly traceparent?: () => string | undefined;
  /** Where errors of event listeners go. @default a process warning */
  readonly onListenerError?: ListenerErrorHandler;
  /** Where errors of middleware go that can no longer change the outcome. @default a process warning */
  readonly onMiddlewareError?: MiddlewareErrorHandler;
}

const name = z.string().min(1);
const milliseconds = z.number().int().min(1);

const channelSchema = z.strictObject({
  name,
  enabled: z.boolean().default(true),
  priority: z.number().default(0),
  config: z.unknown().optional(),
});

const circuitSchema = z.strictObject({
  failures: z.number().int().min(1).default(DEFAULT_CIRCUIT_FAILURES),
  rest: milliseconds.default(DEFAULT_CIRCUIT_REST),
});

const optionsSchema = z.strictObject({
  defaultChannel: name.optional(),
  enableFallback: z.boolean().default(false),
  channels: z
    .array(channelSchema)
    .refine((channels) => new Set(channels.map((channel) => channel.name)).size === channels.length, {
      message: 'expected each name once',
    })
    .default([]),
  timeout: milliseconds.default(DEFAULT_PROVIDER_TIMEOUT),
  circuitBreaker: z.union([z.literal(false), circuitSchema]).default({
    failures: DEFAULT_CIRCUIT_FAILURES,
    rest: DEFAULT_CIRCUIT_REST,
  }),
  idempotencySecret: z.string().min(1).default(DEFAULT_IDEMPOTENCY_SECRET),
  clock: z.custom<Clock>(isClock, 'expected a clock with now() and schedule()').default(systemClock),
  createId: functionOption<() => string>().default(() => createId),
  traceparent: functionOption<() => string | undefined>().optional(),
  onListenerError: functionOption<ListenerErrorHandler>().default(() => warnOfListenerError),
  onMiddlewareError: functionOption<MiddlewareErrorHandler>().default(() => warnOfMiddlewareError),
});

/** The options with defaults applied. */
export type ResolvedManagerOptions = Readonly<z.output<typeof optionsSchema>>;

/** @throws {TownKrierError} `CONFIG_INVALID`, naming the key. */
export function resolveManagerOptions(options: NotificationManagerOptions): ResolvedManagerOptions {
  return parseOptions(optionsSchema, options, 'NotificationManager');
}

function isClock(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'now') === 'function' &&
    typeof Reflect.get(value, 'schedule') === 'function'
  );
}

function warnOfMiddlewareError(error: unknown, middleware: string): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`Middleware "${middleware}" failed after the outcome was decided.`, {
    type: 'TownKrierWarning',
    detail,
  });
}
