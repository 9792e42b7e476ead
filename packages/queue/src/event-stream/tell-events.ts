import { unsupported } from '../new-job.ts';
import type { Runtime } from '../runtime.ts';
import {
  DEFAULT_KEPT_EVENTS,
  type ResolvedStoreQueueAdapterOptions,
} from '../store-queue-adapter-options.ts';
import { EventWriter } from './event-writer.ts';
import { LoggedEventStream } from './logged-event-stream.ts';

/** How one process tells its events to all, and hears theirs. */
export interface ToldEvents {
  readonly stream: LoggedEventStream;
  readonly writer: EventWriter;
}

/**
 * Begins to tell the events of a runtime, if its options say so.
 * @throws {QueueError} `QUEUE_UNSUPPORTED` on a store that keeps no events.
 */
export function tellEvents(
  { store, clock, events, pollInterval, onError }: Runtime,
  { eventStream }: ResolvedStoreQueueAdapterOptions,
): ToldEvents | undefined {
  if (eventStream === false) return undefined;
  const { events: log } = store;
  if (log === undefined) throw unsupported('log of events; leave out the option eventStream');
  const keep = eventStream === true ? DEFAULT_KEPT_EVENTS : eventStream.keep;
  return {
    stream: new LoggedEventStream({ log, clock, pollInterval }),
    writer: new EventWriter({ store, log, clock, keep, events, onError }),
  };
}
