export { SpanAttribute } from './attributes.ts';
export { traceDeliveries } from './trace-deliveries.ts';
export { TracedQueueAdapter } from './traced-queue-adapter.ts';
export type { TracingOptions } from './tracing-options.ts';
