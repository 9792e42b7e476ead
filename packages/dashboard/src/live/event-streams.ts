import { tooManyRequests } from '../http/errors.ts';
import { EventStream, type StreamRequest, type StreamSources } from './event-stream.ts';

/** Milliseconds a principal with too many streams is told to wait. */
const RETRY_AFTER = 10_000;

/** All open streams of a dashboard. */
export class EventStreams {
  readonly #sources: StreamSources;
  readonly #maxPerPrincipal: number;
  readonly #open = new Map<string, Set<EventStream>>();
  #isClosed = false;

  constructor(sources: StreamSources, maxPerPrincipal: number) {
    this.#sources = sources;
    this.#maxPerPrincipal = maxPerPrincipal;
  }

  /**
   * Opens a stream.
   * @throws {HttpError} 429 when the principal holds as many as it may; also once the dashboard is closed.
   */
  open(principalId: string, request: StreamRequest): Response {
    const streams = this.#open.get(principalId) ?? new Set();
    if (this.#isClosed || streams.size >= this.#maxPerPrincipal) {
      throw tooManyRequests(
        `At most ${this.#maxPerPrincipal} event streams may be open at once.`,
        RETRY_AFTER,
      );
    }
    const stream = new EventStream(this.#sources, request, (ended) => this.#forget(principalId, ended));
    if (stream.isOpen) this.#open.set(principalId, streams.add(stream));
    return new Response(stream.body, { headers: STREAM_HEADERS });
  }

  /** Ends all streams and refuses new ones. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const streams of [...this.#open.values()]) {
      for (const stream of [...streams]) stream.close();
    }
  }

  #forget(principalId: string, stream: EventStream): void {
    const streams = this.#open.get(principalId);
    streams?.delete(stream);
    if (streams?.size === 0) this.#open.delete(principalId);
  }
}

/** `no-transform` keeps compressing middleware, `x-accel-buffering` keeps nginx from holding events back. */
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};
