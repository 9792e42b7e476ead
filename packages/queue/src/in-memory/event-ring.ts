import type { Clock, JsonValue } from '@townkrier/core';
import { lastToTrim, toEventNumber, toLoggedEvents } from '../event-stream/event-numbers.ts';
import type { EventLog, LoggedEvents } from '../job-store.ts';

/** The newest events of this process; gone when it ends. */
export class EventRing implements EventLog {
  /** The newest; the last of them has the number `#latest`. */
  readonly #events: JsonValue[] = [];
  readonly #callbacks = new Set<() => void>();
  #latest: number;

  constructor(clock: Clock) {
    this.#latest = Math.floor(clock.now() * 1000);
  }

  async append(events: readonly JsonValue[], keep: number): Promise<void> {
    if (events.length === 0) return;
    for (const event of events) this.#events.push(event);
    this.#latest += events.length;
    const trimmed = lastToTrim(this.#latest, events.length, keep);
    if (trimmed !== null) this.#events.splice(0, trimmed - this.#before);
    for (const callback of [...this.#callbacks]) callback();
  }

  async read(after: string | null, limit: number): Promise<LoggedEvents> {
    const number = toEventNumber(after, this.#latest);
    const first = Math.max(0, number - this.#before);
    const events = this.#events.slice(first, first + limit);
    const batches = events.length === 0 ? [] : [{ last: this.#before + first + events.length, events }];
    return toLoggedEvents(after, number, { batches, limit });
  }

  async latest(): Promise<string> {
    return String(this.#latest);
  }

  onAppend(callback: () => void): () => void {
    // A wrapper of its own, so that one function registered twice is undone one at a time.
    const notify = (): void => callback();
    this.#callbacks.add(notify);
    return () => this.#callbacks.delete(notify);
  }

  /** The number before the oldest event. */
  get #before(): number {
    return this.#latest - this.#events.length;
  }
}
