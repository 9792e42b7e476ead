/** A write that waits for its commit. */
export interface PendingWrite {
  /** How many rows it writes, about. */
  readonly rows: number;
  readonly reject: (error: unknown) => void;
}

/** Rows in one commit, so that a large backlog of writes does not hold up the event loop. A single larger write stays whole. */
const MAX_ROWS_PER_COMMIT = 250;

/**
 * Commits the writes of one turn of the event loop together, in the order they were asked for: on a disk or across a network a commit costs far more than
 * what is in it. The next group is gathered while one is under way.
 */
export class GroupCommit<Write extends PendingWrite> {
  readonly #commit: (group: readonly Write[]) => Promise<void>;
  #pending: Write[] = [];
  #isFlushing = false;

  /**
   * @param commit - Commits a group and resolves or rejects each of its writes, one's failure not being another's. When it throws, all that are not settled
   * yet are rejected with that.
   */
  constructor(commit: (group: readonly Write[]) => Promise<void>) {
    this.#commit = commit;
  }

  add(write: Write): void {
    this.#pending.push(write);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => void this.#flushNext());
  }

  /** One group a turn: what else the process has to do comes in between. */
  async #flushNext(): Promise<void> {
    await this.#flush(this.#takeGroup());
    if (this.#pending.length === 0) this.#isFlushing = false;
    else setImmediate(() => void this.#flushNext());
  }

  #takeGroup(): Write[] {
    let rows = 0;
    let length = 0;
    for (const write of this.#pending) {
      rows += write.rows;
      if (length > 0 && rows > MAX_ROWS_PER_COMMIT) break;
      length += 1;
    }
    return this.#pending.splice(0, length);
  }

  async #flush(group: readonly Write[]): Promise<void> {
    try {
      await this.#commit(group);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
