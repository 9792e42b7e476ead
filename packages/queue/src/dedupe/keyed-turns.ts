/** Runs the tasks of one name one after another, in the order they come; those of different names do not wait for each other. */
export class KeyedTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** What the task resolves with. One that fails does not stop those after it. */
  async run<Result>(name: string, task: () => Promise<Result>): Promise<Result> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(task);
    const over = turn.catch(() => undefined);
    this.#last.set(name, over);
    try {
      return await turn;
    } finally {
      if (this.#last.get(name) === over) this.#last.delete(name);
    }
  }
}
