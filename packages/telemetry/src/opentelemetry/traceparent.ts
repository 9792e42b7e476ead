import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';

/** Under which name a job's metadata holds where it was added: W3C Trace Context, so that others can read it too. */
export const TRACEPARENT = 'traceparent';

const FORMAT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Written by hand, so that a job can be linked whatever propagator the app has set, or none. `null` for a span that nobody records. */
export function toTraceparent(context: SpanContext): string | null {
  if (!isSpanContextValid(context)) return null;
  const flags = (context.traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0');
  return `00-${context.traceId}-${context.spanId}-${flags}`;
}

/** The span that a traceparent names, or `null` for what is none. */
export function fromTraceparent(value: unknown): SpanContext | null {
  const [, traceId, spanId, flags] = (typeof value === 'string' && FORMAT.exec(value)) || [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const context = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(context) ? context : null;
}
