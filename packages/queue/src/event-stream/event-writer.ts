import type { Clock, JsonValue, TypedEmitter } from '@townkrier/core';
import type { QueueEvents } from '../events.ts';
import type { EventLog, JobStore } from '../job-store.ts';
import { soon } from '../runtime.ts';
import { LOGGED_NAMES, toLogged } from './logged-job-event.ts';
import { Nap } from './nap.ts';

/** Events in one call of the log, so that a crowd of them does not hold up the jobs. */
const MAX_EVENTS_PER_APPEND = 1_000;

/** Milliseconds between two calls where each is a commit: on PostgreSQL, one after the other took a fifth of the jobs a second. */
const PAUSE = 10;

/** What an {@link EventWriter} works with. */
export interface EventWriterParts {
  readonly store: JobStore;
  readonly log: EventLog;
  readonly clock: Clock;
  /** Events the log keeps at least. */
  readonly keep: number;
  readonly events: TypedEmitter<QueueEvents>;
  /** Told when the log does not take some, which are lost then. */
  readonly onError: (error: unknown) => void;
}

/** Writes what happens to jobs in this process to the log of all: at once, those of one tick and of what was written meanwhile together, one write after the other, so that they stay in order. */
export class EventWriter {
  readonly #parts: EventWriterParts;
  readonly #nap: Nap;
  #isHurried: boolean;
  #pending: JsonValue[] = [];
  #writing: Promise<void> | null = null;

  constructor(parts: EventWriterParts) {
    this.#parts = parts;
    this.#nap = new Nap(parts.clock);
    this.#isHurried = parts.store.capabilities.durability === 'process';
    for (const name of LOGGED_NAMES) {
      parts.events.on(name, (event) => {
        this.#pending.push(toLogged(name, event));
        this.#writing ??= this.#writeSoon();
      });
    }
  }

  /** Writes what there is without a pause from here on. Resolves when nothing waits to be written. */
  async finish(): Promise<void> {
    this.#isHurried = true;
    this.#nap.end();
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
      const isBehind = this.#pending.length >= MAX_EVENTS_PER_APPEND;
      if (!this.#isHurried && !isBehind) await this.#nap.take(PAUSE);
    }
    this.#writing = null;
  }
}
