import { context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { TownKrierError } from '@townkrier/core';
import { SpanAttribute } from './attributes.ts';

/** Does some work with the span as the active one, and ends the span with the work. What it throws is passed on, and is the span's to tell by `onError`. */
export async function runInSpan<Result>(
  span: Span,
  work: () => Promise<Result>,
  onError: (error: unknown) => void = (error) => markFailed(span, error),
): Promise<Result> {
  try {
    return await context.with(trace.setSpan(context.active(), span), work);
  } catch (error) {
    onError(error);
    throw error;
  } finally {
    span.end();
  }
}

/** Says that a span's work failed, by the error's code alone: messages and stacks may speak of people. */
export function markFailed(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute(SpanAttribute.ERROR_TYPE, errorTypeOf(error));
}

function errorTypeOf(error: unknown): string {
  if (TownKrierError.is(error)) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
}
