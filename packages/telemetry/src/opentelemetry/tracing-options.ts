import { type Tracer, type TracerProvider, trace } from '@opentelemetry/api';
import { parseOptions } from '@townkrier/core';
import { z } from 'zod';

/** Options of tracing. */
export interface TracingOptions {
  /** Where spans go. @default the app's global one */
  readonly tracerProvider?: TracerProvider | undefined;
}

const schema = z.strictObject({
  tracerProvider: z.custom<TracerProvider>(isProvider, 'expected a TracerProvider').optional(),
});

/** @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option. */
export function resolveTracer(options: TracingOptions, what: string): Tracer {
  const { tracerProvider = trace } = parseOptions(schema, options, what);
  return tracerProvider.getTracer('@townkrier/telemetry');
}

function isProvider(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'getTracer' in value &&
    typeof value.getTracer === 'function'
  );
}
