/** Calls that have begun and not ended, for whoever has to wait for them. */
export class CallsInHand {
  readonly #calls = new Set<Promise<unknown>>();

  /** Gives the call back, and remembers it until it has ended. */
  add<Result>(call: Promise<Result>): Promise<Result> {
    this.#calls.add(call);
    const forget = (): void => {
      this.#calls.delete(call);
    };
    call.then(forget, forget);
    return call;
  }

  /** Resolves when all have ended, however. */
  async idle(): Promise<void> {
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls);
  }
}
