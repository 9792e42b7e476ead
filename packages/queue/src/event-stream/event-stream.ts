import type { JobEventName, QueueEvents } from '../events.ts';

type AnyStreamedEvent = {
  [Name in JobEventName]: {
    /** Its place among the events of all processes. */
    readonly cursor: string;
    readonly name: Name;
    readonly event: QueueEvents[Name];
  };
}[JobEventName];

/** An event about a job, as the processes of a backend tell each other. */
export type StreamedEvent<Name extends JobEventName = JobEventName> = Extract<
  AnyStreamedEvent,
  { readonly name: Name }
>;

/** Some events are missing here: the reader was away, or slow, for so long that they are no longer kept. What follows is the oldest that is. */
export interface StreamGap {
  readonly name: 'gap';
  /** The last place before it. Reading on from there tells of the gap again. */
  readonly cursor: string;
}

/** What of a stream is read, and from where on. */
export interface EventStreamOptions<Name extends JobEventName = JobEventName> {
  /** After the event with this cursor; `null`: from the oldest that is kept. @default from now on; what happened a moment before may come as well */
  readonly after?: string | null | undefined;
  /** Only these. @default all */
  readonly names?: readonly Name[] | undefined;
  /** Only those about jobs of this queue. @default all */
  readonly queue?: string | undefined;
  /** Ends the reading, without an error. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The events about jobs of all processes of a backend, in one order that is the same for every reader; those of one job come in the order in which they happened, unless several
 * processes had it at the same time. They carry ids and states, never payloads, and at most 1000 characters of a reason.
 *
 * Only processes with the option `eventStream` tell theirs. An event is told after its change is stored: a process that dies in between, or cannot reach the log, loses the event
 * and never the change. Whoever must know for sure reads the job.
 */
export interface EventStream {
  /**
   * Reads until it is told to stop or the adapter is closed, and waits where there is nothing more yet. Any number of readers go on at their own pace; nothing is kept
   * for a slow one. Gaps are told whatever is asked for.
   *
   * @throws {TownKrierError} `CONFIG_INVALID` for a wrong option; from the iterator, `QUEUE_UNAVAILABLE` while the backend is away: read on after the last cursor.
   */
  read<Name extends JobEventName = JobEventName>(
    options?: EventStreamOptions<Name>,
  ): AsyncIterable<StreamedEvent<Name> | StreamGap>;
  /** The cursor of the newest event: what is told from now on comes after it. */
  latest(): Promise<string>;
}
