import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { Notification, NotificationManager, PermanentError } from '@townkrier/core';
import { VirtualClock } from '@townkrier/core/testing';
import { InMemoryQueueAdapter, QueueManager, RetryLaterError } from '@townkrier/queue';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { TracedQueueAdapter, traceDeliveries } from '../src/opentelemetry/index.ts';
import { emailChannel } from './email-channel.ts';

const SECRETS = /ada@example\.com|Your code is|1234|order-77/;

class Code extends Notification {
  readonly code = '1234';
  override via() {
    return ['email'];
  }
  override toEmail() {
    return { subject: 'Hello', text: `Your code is ${this.code}` };
  }
}

let exporter: InMemorySpanExporter;
let tracerProvider: BasicTracerProvider;
let clock: VirtualClock;
let real: InMemoryQueueAdapter;
let adapter: TracedQueueAdapter;

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
beforeEach(() => {
  exporter = new InMemorySpanExporter();
  tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  clock = new VirtualClock();
  real = new InMemoryQueueAdapter({ clock });
  adapter = new TracedQueueAdapter(real, { tracerProvider });
});
afterEach(() => adapter.close());

function spansOf(name: string): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.name === name);
}

function onlySpan(name: string): ReadableSpan {
  const [span, ...others] = spansOf(name);
  expect(others).toEqual([]);
  if (span === undefined) throw new Error(`no span ${name}`);
  return span;
}

/** Everything a span tells, as text. */
function textOf(span: ReadableSpan): string {
  return JSON.stringify([span.name, span.attributes, span.events, span.status, span.links]);
}

it('a notification is followed from where it was queued to the provider, and tells nothing about people', async () => {
  const notificationManager = new NotificationManager({ clock }).registerChannel('mail', emailChannel());
  notificationManager.use(traceDeliveries({ tracerProvider }));
  await using queueManager = new QueueManager(adapter, notificationManager);
  const tracer = tracerProvider.getTracer('app');
  const job = await tracer.startActiveSpan('request', async (request) => {
    const recipient = { email: { email: 'ada@example.com' } };
    const added = await queueManager.enqueue(new Code(), recipient, {
      idempotencyKey: 'order-77',
      queue: 'codes',
    });
    request.end();
    return added;
  });
  queueManager.startProcessing();
  await clock.advance(1);

  const [request, enqueue, attempt, delivery] = [
    onlySpan('request'),
    onlySpan('townkrier.enqueue'),
    onlySpan('townkrier.job'),
    onlySpan('townkrier.delivery'),
  ];
  expect(enqueue.kind).toBe(SpanKind.PRODUCER);
  expect(enqueue.parentSpanContext?.spanId).toBe(request.spanContext().spanId);
  expect(enqueue.attributes).toEqual({
    'messaging.system': 'townkrier',
    'messaging.operation.name': 'enqueue',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'codes',
    'messaging.message.id': job.id,
  });

  expect(attempt.kind).toBe(SpanKind.CONSUMER);
  expect(attempt.parentSpanContext).toBeUndefined();
  expect(attempt.spanContext().traceId).not.toBe(enqueue.spanContext().traceId);
  const { traceId, spanId } = enqueue.spanContext();
  expect(attempt.links).toMatchObject([{ context: { traceId, spanId, traceFlags: 1, isRemote: true } }]);
  expect(attempt.attributes).toEqual({
    'messaging.system': 'townkrier',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'codes',
    'messaging.message.id': job.id,
    'townkrier.job.type': 'townkrier.notification',
    'townkrier.job.attempt': 1,
  });

  expect(delivery.kind).toBe(SpanKind.CLIENT);
  expect(delivery.parentSpanContext?.spanId).toBe(attempt.spanContext().spanId);
  expect(delivery.attributes).toMatchObject({
    'townkrier.channel': 'email',
    'townkrier.provider': 'mail',
    'townkrier.outcome': 'sent',
    'messaging.message.id': job.id,
  });
  for (const span of exporter.getFinishedSpans()) expect(textOf(span)).not.toMatch(SECRETS);
});

it('every attempt has a span of its own, and all of them lead back to where the job was added', async () => {
  await adapter.add([{ type: 'report', payload: null, maxRetries: 2 }]);
  const worker = adapter.work(() => {
    throw new Error('ada@example.com does not exist');
  });
  await clock.advance(60_000);
  await worker.stop();
  const enqueue = onlySpan('townkrier.enqueue').spanContext();
  const attempts = spansOf('townkrier.job');
  expect(attempts.map(({ attributes }) => attributes['townkrier.job.attempt'])).toEqual([1, 2, 3]);
  expect(new Set(attempts.map((span) => span.spanContext().traceId)).size).toBe(3);
  for (const span of attempts) {
    expect(span.links.map((link) => link.context.spanId)).toEqual([enqueue.spanId]);
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(span.attributes['error.type']).toBe('Error');
    expect(textOf(span)).not.toMatch(SECRETS);
  }
});

it('an attempt that is put off has not failed', async () => {
  await adapter.add([{ type: 'report', payload: null }]);
  const worker = adapter.work(() => {
    throw new RetryLaterError(3_600_000);
  });
  await clock.advance(1);
  await worker.stop();
  const { status, attributes } = onlySpan('townkrier.job');
  expect(status.code).toBe(SpanStatusCode.UNSET);
  expect(attributes['townkrier.outcome']).toBe('postponed');
  expect(attributes['error.type']).toBeUndefined();
});

it('a provider that refuses is told by its code', async () => {
  const channel = emailChannel(() =>
    Promise.reject(new PermanentError('ada@example.com is blocked', { provider: 'mail' })),
  );
  const manager = new NotificationManager({ clock }).registerChannel('mail', channel);
  manager.use(traceDeliveries({ tracerProvider }));
  await expect(manager.send(new Code(), { email: { email: 'ada@example.com' } })).rejects.toThrow();
  const span = onlySpan('townkrier.delivery');
  expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(span.attributes).toMatchObject({ 'error.type': 'CHANNEL_REJECTED', 'townkrier.outcome': 'failed' });
  expect(textOf(span)).not.toMatch(SECRETS);
});

it('jobs added together share a span that counts them, and names no queue when there are several', async () => {
  await adapter.add([
    { type: 'report', payload: null },
    { type: 'report', payload: null, queue: 'slow' },
  ]);
  const { attributes } = onlySpan('townkrier.enqueue');
  expect(attributes).toMatchObject({ 'messaging.batch.message_count': 2 });
  expect(attributes).not.toHaveProperty('messaging.destination.name');
});

it('an add that is refused is told, and refused', async () => {
  await adapter.close();
  await expect(adapter.add([{ type: 'report', payload: null }])).rejects.toMatchObject({
    code: 'QUEUE_CLOSED',
  });
  expect(onlySpan('townkrier.enqueue').attributes['error.type']).toBe('QUEUE_CLOSED');
});

it('a traceparent that the app gave stays, and what is none makes no link', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await adapter.add([{ type: 'report', payload: null, metadata: { traceparent } }]);
  await adapter.add([{ type: 'report', payload: null, metadata: { traceparent: 'nonsense' } }]);
  const worker = adapter.work(() => undefined);
  await clock.advance(1);
  await worker.stop();
  const links = spansOf('townkrier.job').map((span) => span.links.map((link) => link.context.spanId));
  expect(links).toEqual([['b7ad6b7169203331'], []]);
});

it('without an SDK nothing is kept with the job', async () => {
  const untraced = new TracedQueueAdapter(real, { tracerProvider: trace.getTracerProvider() });
  const [job] = await untraced.add([{ type: 'report', payload: null, metadata: { tenant: 'acme' } }]);
  expect(job?.metadata).toEqual({ tenant: 'acme' });
});

it('an option nobody knows is refused', () => {
  const options: object = { tracer: null };
  expect(() => new TracedQueueAdapter(real, options)).toThrow(/tracer/);
  expect(() => traceDeliveries(options)).toThrow(/tracer/);
});
