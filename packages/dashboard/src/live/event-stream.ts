import type { Clock, Timer } from '@townkrier/core';
import type { StreamEvents } from '../api-types.ts';
import type { EventHub, LiveEvent, Topic } from './event-hub.ts';
import { formatEvent, formatRetry } from './format-event.ts';
import type { StatsFeed } from './stats-feed.ts';

/** Milliseconds between two signs of life, below the idle timeouts of common proxies. */
const PING_INTERVAL = 15_000;
/** Milliseconds between two questions whether the principal may still listen. */
const RECHECK_INTERVAL = 60_000;
/** Milliseconds a browser waits before it connects again. */
const RECONNECT_DELAY = 2_000;
/** Bytes that may wait for a reader before it is dropped; it comes back and resumes. */
const MAX_BACKLOG_BYTES = 1024 * 1024;

/** What one stream is to carry. */
export interface StreamRequest {
  readonly topics: ReadonlySet<Topic>;
  /** Narrows `job.*` to one job. */
  readonly jobId?: string | undefined;
  /** Where to resume, as the browser says. */
  readonly lastEventId?: string | undefined;
  /** The topics the principal may still read; `null` ends the stream. Rejecting counts as `null`. */
  readonly recheck: () => Promise<ReadonlySet<Topic> | null>;
}

/** What all streams share. */
export interface StreamSources {
  readonly hub: EventHub;
  readonly stats: StatsFeed;
  readonly clock: Clock;
  readonly version: string;
}

/** One open connection. */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #sources: StreamSources;
  readonly #request: StreamRequest;
  readonly #onEnd: (stream: EventStream) => void;
  readonly #undo: (() => void)[] = [];
  #topics: ReadonlySet<Topic>;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(sources: StreamSources, request: StreamRequest, onEnd: (stream: EventStream) => void) {
    this.#sources = sources;
    this.#request = request;
    this.#topics = request.topics;
    this.#onEnd = onEnd;
    this.body = new ReadableStream<Uint8Array>(
      { start: (controller) => this.#start(controller), cancel: () => this.#end() },
      { highWaterMark: MAX_BACKLOG_BYTES, size: (chunk) => chunk?.byteLength ?? 0 },
    );
  }

  /** Whether it still carries events. */
  get isOpen(): boolean {
    return this.#controller !== null;
  }

  /** Ends the stream; the browser will try to connect again. Idempotent. */
  close(): void {
    const controller = this.#controller;
    this.#end();
    controller?.close();
  }

  #start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    this.#write(formatRetry(RECONNECT_DELAY));
    this.#greet();
    if (!this.isOpen) return;
    this.#undo.push(this.#sources.hub.subscribe((event) => this.#pass(event)));
    if (this.#topics.has('stats')) {
      this.#undo.push(this.#sources.stats.subscribe((stats) => this.#send('stats', stats)));
    }
    this.#repeat(PING_INTERVAL, () => this.#send('ping', { at: this.#now() }));
    this.#repeat(RECHECK_INTERVAL, () => void this.#recheck());
  }

  /** Says hello with the newest id, then brings back what was missed since the browser's. */
  #greet(): void {
    const { hub, version } = this.#sources;
    const { lastEventId } = this.#request;
    const missed = lastEventId === undefined ? [] : hub.since(lastEventId);
    const id = missed === null || lastEventId === undefined ? hub.lastId : lastEventId;
    this.#send('hello', { at: this.#now(), version }, id);
    if (missed === null) this.#send('resync', { at: this.#now() });
    for (const event of missed ?? []) this.#pass(event);
  }

  #pass(event: LiveEvent): void {
    if (!this.#topics.has(event.topic)) return;
    const { jobId } = this.#request;
    if (event.topic === 'jobs' && jobId !== undefined && event.jobId !== jobId) return;
    this.#write(this.#sources.hub.frameOf(event));
  }

  #send<Name extends 'hello' | 'ping' | 'resync' | 'stats'>(
    name: Name,
    data: StreamEvents[Name],
    id?: string,
  ): void {
    if (name === 'stats' && !this.#topics.has('stats')) return;
    this.#write(formatEvent(name, data, id));
  }

  #write(frame: Uint8Array): void {
    const controller = this.#controller;
    if (controller === null) return;
    controller.enqueue(frame);
    if ((controller.desiredSize ?? 0) >= 0) return;
    this.#end();
    controller.error(new Error(`The reader left more than ${MAX_BACKLOG_BYTES} bytes waiting.`));
  }

  async #recheck(): Promise<void> {
    const topics = await this.#request.recheck().catch(() => null);
    if (topics === null) this.close();
    else this.#topics = new Set([...this.#topics].filter((topic) => topics.has(topic)));
  }

  #repeat(intervalMs: number, action: () => void): void {
    const { clock } = this.#sources;
    let timer: Timer;
    const again = (): void => {
      timer = clock.schedule(() => {
        again();
        action();
      }, intervalMs);
    };
    again();
    this.#undo.push(() => timer.cancel());
  }

  #end(): void {
    if (this.#controller === null) return;
    this.#controller = null;
    for (const undo of this.#undo.splice(0)) undo();
    this.#onEnd(this);
  }

  #now(): string {
    return new Date(this.#sources.clock.now()).toISOString();
  }
}
