/** Runs tasks one after another, in the order they come. One that fails does not stop those after it. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** What the task resolves with, once those before it are over. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when every task given so far is over. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
