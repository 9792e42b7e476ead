import type { JsonValue, TypedEmitter } from '@townkrier/core';
import type { QueueEvents } from '../events.ts';
import type { EventLog, JobStore } from '../job-store.ts';
import { soon } from '../runtime.ts';
import { LOGGED_NAMES, toLogged } from './logged-job-event.ts';

/** Events in one call of the log, so that a crowd of them does not hold up the jobs. */
const MAX_EVENTS_PER_APPEND = 1_000;

/** What an {@link EventWriter} works with. */
export interface EventWriterParts {
  readonly store: JobStore;
  readonly log: EventLog;
  /** Events the log keeps at least. */
  readonly keep: number;
  readonly events: TypedEmitter<QueueEvents>;
  /** Told when the log does not take some, which are lost then. */
  readonly onError: (error: unknown) => void;
}

/** Writes what happens to jobs in this process to the log of all: those of one tick together, and one write after the other, so that they stay in order. */
export class EventWriter {
  readonly #parts: EventWriterParts;
  #pending: JsonValue[] = [];
  #writing: Promise<void> | null = null;

  constructor(parts: EventWriterParts) {
    this.#parts = parts;
    for (const name of LOGGED_NAMES) {
      parts.events.on(name, (event) => {
        this.#pending.push(toLogged(name, event));
        this.#writing ??= this.#writeSoon();
      });
    }
  }

  /** Resolves when nothing waits to be written. */
  async idle(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  /** Never rejects. */
  async #writeSoon(): Promise<void> {
    const { store, log, keep, onError } = this.#parts;
    await new Promise<void>((resolve) => soon(store, resolve));
    while (this.#pending.length > 0) {
      const events = this.#pending;
      this.#pending = events.splice(MAX_EVENTS_PER_APPEND);
      await log.append(events, keep).catch(onError);
    }
    this.#writing = null;
  }
}
