import type { ChannelRegistry } from './channel-registry.ts';
import type { Clock } from './clock.ts';
import type {
  Delivery,
  DeliveryDecision,
  DeliveryFailed,
  DeliveryMiddleware,
  DeliveryResult,
  DeliveryUnknown,
} from './delivery.ts';
import { abortedFailure, toFailure } from './delivery-failure.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';
import type { NotificationContent } from './notification-content.ts';
import type { DeliveryEvent, NotificationEvents } from './notification-events.ts';
import { collectPersonalValues } from './personal-values.ts';
import type { NotificationPlan } from './plan-notification.ts';
import { sendThroughProviders } from './provider-selection.ts';
import { type MiddlewareErrorHandler, runMiddleware } from './run-middleware.ts';
import type { DeliverOptions } from './send-options.ts';
import { sideBySide } from './side-by-side.ts';
import type { TypedEmitter } from './typed-emitter.ts';
import { untilAborted } from './until-aborted.ts';

/** Deliveries of one notification that run at once: more would wait for sockets while their timeouts run. */
const MAX_CONCURRENT_DELIVERIES = 100;

/** What the pipeline takes from its manager. */
export interface PipelineParts {
  readonly channels: ChannelRegistry;
  /** Read anew for each run, outermost first. */
  readonly middleware: () => readonly DeliveryMiddleware[];
  readonly events: TypedEmitter<NotificationEvents>;
  readonly clock: Clock;
  /** Milliseconds for each provider call, where a run does not say. */
  readonly timeout: number;
  readonly isFallbackEnabled: () => boolean;
  readonly onMiddlewareError: MiddlewareErrorHandler;
}

/** One try of the deliveries of one notification. */
interface Run {
  readonly plan: NotificationPlan;
  readonly content: NotificationContent;
  readonly options: DeliverOptions;
  readonly middleware: readonly DeliveryMiddleware[];
  readonly signal: AbortSignal;
  readonly personalValues: readonly string[];
}

/** A message, or why there is none. */
type Made = { readonly message: unknown } | { readonly reason: string } | { readonly error: TownKrierError };

/** Sends planned notifications: render, middleware, provider. Deliveries run side by side and cannot touch each other. */
export class DeliveryPipeline {
  readonly #parts: PipelineParts;

  constructor(parts: PipelineParts) {
    this.#parts = parts;
  }

  /**
   * Tries the deliveries once; resolves with one result each, in their order.
   * @throws what `onResult` threw, after all have ended.
   */
  async run(
    plan: NotificationPlan,
    content: NotificationContent,
    options: DeliverOptions,
  ): Promise<DeliveryResult[]> {
    const middleware = this.#parts.middleware();
    const run: Run = {
      plan,
      content,
      options,
      middleware,
      signal: options.signal ?? new AbortController().signal,
      personalValues: middleware.length === 0 ? [] : personalValuesOf(plan, content),
    };
    const { only } = options;
    const deliveries =
      only === undefined
        ? plan.deliveries
        : plan.deliveries.filter((delivery) => only.includes(delivery.idempotencyKey));
    const reports = await sideBySide(deliveries, MAX_CONCURRENT_DELIVERIES, (planned) =>
      this.#deliverAndReport(run, planned),
    );
    const refused = reports.find(({ reportError }) => reportError !== undefined);
    if (refused !== undefined) throw refused.reportError;
    return reports.map(({ result }) => result);
  }

  async #deliverAndReport(
    run: Run,
    planned: NotificationPlan['deliveries'][number],
  ): Promise<{ readonly result: DeliveryResult; readonly reportError?: unknown }> {
    const { delivery, outcome } = await this.#deliver(run, planned);
    const result = { ...outcome, idempotencyKey: planned.idempotencyKey, channel: planned.channel };
    await this.#tellSettled(run, delivery, result);
    try {
      await run.options.onResult?.(result);
    } catch (reportError) {
      return { result, reportError };
    }
    this.#emitResult(run, result);
    return { result };
  }

  async #deliver(
    run: Run,
    planned: NotificationPlan['deliveries'][number],
  ): Promise<{
    readonly delivery: Delivery;
    readonly outcome: DeliveryDecision | DeliveryFailed | DeliveryUnknown;
  }> {
    if (run.signal.aborted) {
      return { delivery: toDelivery(run, planned, undefined), outcome: abortedFailure(run.signal.reason) };
    }
    const made = await makeMessage(run, planned.channel);
    const delivery = toDelivery(run, planned, 'message' in made ? made.message : undefined);
    const providers: { failure?: DeliveryFailed | DeliveryUnknown } = {};
    const ask = async (changed: Delivery): Promise<DeliveryDecision> => {
      if ('reason' in made) return { status: 'skipped', reason: made.reason };
      if ('error' in made) throw made.error;
      const outcome = await this.#send(run, { ...changed, ...identityOf(delivery) });
      if (outcome.status === 'sent') return outcome;
      providers.failure = outcome;
      throw outcome.error;
    };
    try {
      const { middleware } = run;
      const outcome = await runMiddleware({
        middleware,
        delivery,
        ask,
        onError: this.#parts.onMiddlewareError,
      });
      return { delivery, outcome };
    } catch (error) {
      const { failure } = providers;
      if (failure !== undefined && failure.error === error) return { delivery, outcome: failure };
      return { delivery, outcome: toFailure(asTownKrierError(error)) };
    }
  }

  /** Tells every middleware what came of a try; none of them can change it any more. */
  async #tellSettled(run: Run, delivery: Delivery, result: DeliveryResult): Promise<void> {
    for (const one of run.middleware) {
      try {
        await one.settled?.(delivery, result);
      } catch (error) {
        this.#parts.onMiddlewareError(error, one.name);
      }
    }
  }

  #send(run: Run, delivery: Delivery): ReturnType<typeof sendThroughProviders> {
    const { channels, clock, isFallbackEnabled, timeout } = this.#parts;
    const { idempotencyKey } = delivery;
    return sendThroughProviders(delivery, {
      channels,
      clock,
      isFallbackEnabled: isFallbackEnabled(),
      onlyProvider: run.options.onlyProvider?.[idempotencyKey],
      timeout: run.options.timeout ?? timeout,
      beforeCall: async (provider) => {
        await run.options.onSending?.({ idempotencyKey, provider });
        if (this.#parts.events.hasListeners('notification:sending')) {
          this.#parts.events.emit('notification:sending', { ...this.#eventOf(run, delivery), provider });
        }
      },
    });
  }

  #emitResult(run: Run, result: DeliveryResult): void {
    const { events } = this.#parts;
    const name = `notification:${result.status}` as const;
    if (!events.hasListeners(name)) return;
    const event = this.#eventOf(run, result);
    if (result.status === 'sent') {
      events.emit('notification:sent', { ...event, provider: result.provider, receipt: result.receipt });
    } else if (result.status === 'skipped') {
      events.emit('notification:skipped', { ...event, reason: result.reason });
    } else {
      const { error, isRetryable } = result;
      events.emit(`notification:${result.status}`, { ...event, error, isRetryable });
    }
  }

  #eventOf(
    { plan, options }: Run,
    { channel, idempotencyKey }: { readonly channel: string; readonly idempotencyKey: string },
  ): DeliveryEvent {
    return {
      at: new Date(this.#parts.clock.now()),
      notificationId: plan.id,
      notificationType: plan.type,
      channel,
      idempotencyKey,
      attempt: options.attempt ?? 1,
      ...(options.jobId === undefined ? {} : { jobId: options.jobId }),
    };
  }
}

/** The texts a log must mask: of all addresses, and of what the notification declares. */
export function personalValuesOf(plan: NotificationPlan, content: NotificationContent): readonly string[] {
  const values = new Set<string>();
  for (const address of plan.recipient.addresses.values()) collectPersonalValues(address, values);
  content.collectPersonalValues(values);
  return [...values];
}

async function makeMessage({ content, signal }: Run, channel: string): Promise<Made> {
  try {
    return await untilAborted(askForMessage(content, channel), signal);
  } catch (error) {
    return { error: asTownKrierError(error) };
  }
}

async function askForMessage(content: NotificationContent, channel: string): Promise<Made> {
  const reason = await content.decline(channel);
  return reason === null ? { message: await content.render(channel) } : { reason };
}

function toDelivery(run: Run, planned: NotificationPlan['deliveries'][number], message: unknown): Delivery {
  const { plan, options, signal, personalValues } = run;
  return {
    ...planned,
    notification: {
      id: plan.id,
      type: plan.type,
      ...(plan.reference === undefined ? {} : { reference: plan.reference }),
    },
    message,
    attempt: options.attempt ?? 1,
    maxAttempts: options.maxAttempts ?? 1,
    ...(options.jobId === undefined ? {} : { jobId: options.jobId }),
    metadata: plan.metadata,
    personalValues,
    signal,
  };
}

/** What no middleware may change: the key would no longer name this delivery. */
function identityOf({ idempotencyKey, channel, attempt, signal }: Delivery): Partial<Delivery> {
  return { idempotencyKey, channel, attempt, signal };
}

function asTownKrierError(error: unknown): TownKrierError {
  if (TownKrierError.is(error)) return error;
  const text =
    'The delivery failed through an error of the library itself; nothing is known about the message.';
  return new TownKrierError(text, { code: CoreErrorCode.CHANNEL_OUTCOME_UNKNOWN, cause: error });
}
