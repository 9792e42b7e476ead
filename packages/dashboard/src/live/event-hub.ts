import type { StreamEventName } from '../api-types.ts';
import { formatEvent } from './format-event.ts';

/** What a stream can be asked for. */
export const TOPICS = ['stats', 'jobs', 'logs'] as const;
export type Topic = (typeof TOPICS)[number];

/** Something that happened, numbered in the order it was published. */
export interface LiveEvent {
  /** 1 for the first since the process started. */
  readonly number: number;
  readonly name: StreamEventName;
  readonly topic: Topic;
  readonly jobId: string | undefined;
  readonly data: object;
}

/** How many events are remembered for those who come back. */
export const RING_SIZE = 1000;

/**
 * Hands events to whoever listens and remembers the newest {@link RING_SIZE}, so that a browser that was away for a moment misses none.
 *
 * An event's id names this process too: after a restart the numbers begin anew, and an id of the old process must not match one of them.
 */
export class EventHub {
  readonly #epoch: string;
  readonly #ring: LiveEvent[] = [];
  readonly #frames = new WeakMap<LiveEvent, Uint8Array>();
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  #published = 0;

  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  /** The id of the newest event; what a stream that begins now has seen. */
  get lastId(): string {
    return this.idOf(this.#published);
  }

  idOf(number: number): string {
    return `${this.#epoch}.${number}`;
  }

  /** An event as it goes over the wire; made when the first stream needs it, and shared by all. */
  frameOf(event: LiveEvent): Uint8Array {
    const frame = this.#frames.get(event) ?? formatEvent(event.name, event.data, this.idOf(event.number));
    this.#frames.set(event, frame);
    return frame;
  }

  publish(event: Omit<LiveEvent, 'number'>): void {
    this.#published += 1;
    const numbered = { ...event, number: this.#published };
    this.#ring[this.#published % RING_SIZE] = numbered;
    for (const listener of this.#listeners) listener(numbered);
  }

  /** The events after the one with this id, oldest first; `null` when it is unknown or too long ago to know all of them. */
  since(id: string): readonly LiveEvent[] | null {
    const number = this.#numberOf(id);
    if (number === null || this.#published - number > RING_SIZE) return null;
    const missed: LiveEvent[] = [];
    for (let next = number + 1; next <= this.#published; next += 1) {
      const event = this.#ring[next % RING_SIZE];
      if (event !== undefined) missed.push(event);
    }
    return missed;
  }

  /** Calls `listener` on each event from now on; it must not throw. Returns its undo. */
  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #numberOf(id: string): number | null {
    const dot = id.lastIndexOf('.');
    if (id.slice(0, dot) !== this.#epoch || !/^\d{1,15}$/.test(id.slice(dot + 1))) return null;
    const number = Number(id.slice(dot + 1));
    return number <= this.#published ? number : null;
  }
}
