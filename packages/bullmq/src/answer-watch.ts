/** Milliseconds between two looks, and so how much later than due an overdue call may be noticed. */
const LOOK_INTERVAL = 100;

/** A call that waits for its answer. */
interface WaitingCall {
  /** By `performance.now()`. */
  readonly endsAt: number;
  readonly onOverdue: () => void;
  /** Where it stands among the others; -1 once it was answered. */
  place: number;
}

/**
 * Watches calls for answers that do not come. One timer looks at all of them now and then: a timer of its own for each call cost as much as making the
 * call.
 */
export class AnswerWatch {
  readonly #calls: WaitingCall[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Gives what the promise gives, unless it takes longer than `ms` milliseconds: then it throws what `overdue` gives. */
  within<T>(ms: number, answer: Promise<T>, overdue: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = this.#begin(ms, () => reject(overdue()));
      answer.then(
        (value) => {
          this.#end(call);
          resolve(value);
        },
        (error: unknown) => {
          this.#end(call);
          reject(error);
        },
      );
    });
  }

  #begin(ms: number, onOverdue: () => void): WaitingCall {
    const call = { endsAt: performance.now() + ms, onOverdue, place: this.#calls.length };
    this.#calls.push(call);
    if (this.#timer === undefined) this.#plan();
    return call;
  }

  #end(call: WaitingCall): void {
    const { place } = call;
    if (place < 0) return;
    call.place = -1;
    const last = this.#calls.pop();
    if (last === undefined || last === call) return;
    this.#calls[place] = last;
    last.place = place;
  }

  #plan(): void {
    this.#timer = setTimeout(this.#look, LOOK_INTERVAL);
    // The connection keeps the process alive while a call waits.
    this.#timer.unref();
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    for (const call of this.#calls.filter(({ endsAt }) => endsAt <= now)) {
      this.#end(call);
      call.onOverdue();
    }
    if (this.#calls.length > 0) this.#plan();
  };
}
