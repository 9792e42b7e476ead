import { type Clock, parseOptions } from '@townkrier/core';
import { z } from 'zod';
import type { JobEventName } from '../events.ts';
import type { EventLog, LoggedEvents } from '../job-store.ts';
import { AppendWatch } from './append-watch.ts';
import type { EventStream, EventStreamOptions, StreamedEvent, StreamGap } from './event-stream.ts';
import { fromLogged, LOGGED_NAMES } from './logged-job-event.ts';

/** Events read in one go. */
const PAGE_SIZE = 500;

const optionsSchema = z.strictObject({
  after: z.string().nullable().optional(),
  names: z.array(z.enum(LOGGED_NAMES)).optional(),
  queue: z.string().optional(),
  signal: z.instanceof(AbortSignal).optional(),
});

/** What a {@link LoggedEventStream} works with. */
export interface LoggedEventStreamParts {
  readonly log: EventLog;
  readonly clock: Clock;
  /** Milliseconds after which a reader looks though nothing told it to. */
  readonly pollInterval: number;
}

/** The events of all processes, read from the log of a store. */
export class LoggedEventStream implements EventStream {
  readonly #parts: LoggedEventStreamParts;
  readonly #closed = new AbortController();

  constructor(parts: LoggedEventStreamParts) {
    this.#parts = parts;
  }

  read<Name extends JobEventName = JobEventName>(
    options: EventStreamOptions<Name> = {},
  ): AsyncIterable<StreamedEvent<Name> | StreamGap> {
    parseOptions(optionsSchema, options, 'events');
    const { after } = options;
    // Asked now, so that what happens from here on is told, however late the first event is asked for.
    const start = after === undefined ? this.latest() : Promise.resolve(after);
    // The iterator tells.
    start.catch(() => undefined);
    return this.#follow(start, options);
  }

  latest(): Promise<string> {
    return this.#parts.log.latest();
  }

  /** Ends all readers. */
  close(): void {
    this.#closed.abort();
  }

  async *#follow<Name extends JobEventName>(
    start: Promise<string | null>,
    options: EventStreamOptions<Name>,
  ): AsyncGenerator<StreamedEvent<Name> | StreamGap, void> {
    const { signal } = options;
    const over = signal === undefined ? this.#closed.signal : AbortSignal.any([this.#closed.signal, signal]);
    const watch = new AppendWatch({ ...this.#parts, over });
    try {
      let after = await start;
      while (!over.aborted) {
        const { events, isGap } = await this.#readAfter(after, over);
        if (isGap && after !== null) yield { name: 'gap', cursor: after };
        for (const logged of events) {
          if (over.aborted) return;
          const event = fromLogged(logged);
          if (event !== null && isWanted(event, options)) yield event;
        }
        after = events.at(-1)?.cursor ?? after;
        if (events.length === 0) await watch.news();
      }
    } finally {
      watch.close();
    }
  }

  async #readAfter(after: string | null, over: AbortSignal): Promise<LoggedEvents> {
    try {
      return await this.#parts.log.read(after, PAGE_SIZE);
    } catch (error) {
      // A store that was closed meanwhile has no more to tell.
      if (over.aborted) return { events: [], isGap: false };
      throw error;
    }
  }
}

function isWanted<Name extends JobEventName>(
  event: StreamedEvent,
  { names, queue }: EventStreamOptions<Name>,
): event is StreamedEvent<Name> {
  const wanted: readonly JobEventName[] | undefined = names;
  return (
    (wanted === undefined || wanted.includes(event.name)) &&
    (queue === undefined || queue === event.event.queue)
  );
}
