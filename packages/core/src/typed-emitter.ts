/** Told of an error that a listener threw or rejected with. */
export type ListenerErrorHandler = (error: unknown, event: string) => void;

/** Reports an error nobody asked for as a warning of the process, so that it is seen but stops nothing. */
export function warnOfListenerError(error: unknown, event: string): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`A listener of "${event}" failed.`, { type: 'TownKrierWarning', detail });
}

interface Registration<Payload> {
  readonly listener: (payload: Payload) => unknown;
}

/**
 * Events of one object, typed by a map from name to payload.
 *
 * A listener that throws, or whose promise rejects, never reaches the emitter: the error goes to `onListenerError`. Listeners are called in the
 * order they were added, without waiting for the promises they return.
 */
export class TypedEmitter<Events extends object> {
  readonly #registrations = new Map<keyof Events, readonly Registration<never>[]>();
  readonly #onListenerError: ListenerErrorHandler;

  /** @param options.onListenerError - Where listeners' errors go. What it throws itself becomes a warning. @default a process warning */
  constructor(options: { readonly onListenerError?: ListenerErrorHandler | undefined } = {}) {
    this.#onListenerError = options.onListenerError ?? warnOfListenerError;
  }

  /**
   * Calls `listener` on each such event from now on. Adding a function twice calls it twice.
   * @returns Its undo; undoing twice does nothing.
   */
  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => unknown): () => void {
    const registration: Registration<Events[Name]> = { listener };
    this.#registrations.set(name, [...(this.#registrations.get(name) ?? []), registration]);
    return () => {
      const others = (this.#registrations.get(name) ?? []).filter((other) => other !== registration);
      this.#registrations.set(name, others);
    };
  }

  /** Whether anyone listens, to spare building a payload for nobody. */
  hasListeners(name: keyof Events): boolean {
    return (this.#registrations.get(name)?.length ?? 0) > 0;
  }

  /** Calls the listeners there are now; ones added or removed meanwhile count from the next event on. Never throws. */
  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    // `on` only ever stores listeners of `Events[name]` under `name`; a Map cannot say so in its type.
    const registrations = this.#registrations.get(name) as readonly Registration<Events[Name]>[] | undefined;
    if (registrations === undefined) return;
    for (const { listener } of registrations) {
      try {
        const returned = listener(payload);
        if (returned instanceof Promise) returned.catch((error: unknown) => this.#report(error, name));
      } catch (error) {
        this.#report(error, name);
      }
    }
  }

  #report(error: unknown, name: keyof Events): void {
    try {
      this.#onListenerError(error, String(name));
    } catch (reportError) {
      warnOfListenerError(reportError, String(name));
    }
  }
}
