import { type Span, SpanKind } from '@opentelemetry/api';
import { ChannelError, type Delivery, type DeliveryMiddleware } from '@townkrier/core';
import { SpanAttribute } from './attributes.ts';
import { markFailed, runInSpan } from './run-in-span.ts';
import { resolveTracer, type TracingOptions } from './tracing-options.ts';

/**
 * A middleware that gives each try of a delivery a span, `townkrier.delivery`: below that of the attempt when a queue sends, else below what is active. Use it last, so that it
 * spans the provider's call and not what other middlewares wait for; what HTTP clients trace then stands below it.
 *
 * @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option.
 */
export function traceDeliveries(options: TracingOptions = {}): DeliveryMiddleware {
  const tracer = resolveTracer(options, 'traceDeliveries');
  return {
    name: 'tracing',
    async deliver(delivery, next) {
      const span = tracer.startSpan('townkrier.delivery', {
        kind: SpanKind.CLIENT,
        attributes: describe(delivery),
      });
      return runInSpan(
        span,
        async () => {
          const decision = await next();
          span.setAttribute(SpanAttribute.OUTCOME, decision.status);
          if (decision.status === 'sent') span.setAttribute(SpanAttribute.PROVIDER, decision.provider);
          return decision;
        },
        (error) => markUnsent(span, error),
      );
    },
  };
}

function describe({ channel, attempt, notification, jobId }: Delivery) {
  return {
    [SpanAttribute.OPERATION_NAME]: 'deliver',
    [SpanAttribute.CHANNEL]: channel,
    [SpanAttribute.NOTIFICATION_TYPE]: notification.type,
    [SpanAttribute.JOB_ATTEMPT]: attempt,
    ...(jobId !== undefined && { [SpanAttribute.MESSAGE_ID]: jobId }),
  };
}

function markUnsent(span: Span, error: unknown): void {
  markFailed(span, error);
  const isChannels = ChannelError.is(error);
  span.setAttribute(SpanAttribute.OUTCOME, isChannels && error.outcome === 'unknown' ? 'unknown' : 'failed');
  if (isChannels && error.provider !== undefined) span.setAttribute(SpanAttribute.PROVIDER, error.provider);
}
