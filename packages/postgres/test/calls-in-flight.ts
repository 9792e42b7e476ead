import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JobStore, SharedState } from '@townkrier/queue';

/** Turns of the event loop after which nothing follows any more from a call that has ended. */
const QUIET_TURNS = 4;

/** Knows whether any call of some stores is under way, so that a test can wait for what the runtime does by itself. */
export class CallsInFlight {
  readonly #isOneByOne: boolean;
  #last: Promise<unknown> = Promise.resolve();
  #running = 0;
  #onIdle: (() => void)[] = [];

  /**
   * @param options.isOneByOne - Lets each call begin only when the one before has ended. Which of two jobs is claimed first is only certain while nobody else
   * changes one of them at that very moment: a claim passes over what others have locked.
   */
  constructor({ isOneByOne = false }: { readonly isOneByOne?: boolean } = {}) {
    this.#isOneByOne = isOneByOne;
  }

  /** Counts the calls of a store from here on. */
  watch(store: JobStore): void {
    store.insert = this.#counted(store.insert.bind(store));
    store.claim = this.#counted(store.claim.bind(store));
    store.settle = this.#counted(store.settle.bind(store));
    if (store.settleAndClaim) store.settleAndClaim = this.#counted(store.settleAndClaim.bind(store));
    store.update = this.#counted(store.update.bind(store));
    if (store.updateMany) store.updateMany = this.#counted(store.updateMany.bind(store));
    store.heartbeat = this.#counted(store.heartbeat.bind(store));
    store.reapExpired = this.#counted(store.reapExpired.bind(store));
    store.forgetWorker = this.#counted(store.forgetWorker.bind(store));
    store.msUntilNextDue = this.#counted(store.msUntilNextDue.bind(store));
    store.get = this.#counted(store.get.bind(store));
    store.find = this.#counted(store.find.bind(store));
    store.stats = this.#counted(store.stats.bind(store));
    store.retry = this.#counted(store.retry.bind(store));
    if (store.countAhead) store.countAhead = this.#counted(store.countAhead.bind(store));
    store.cancel = this.#counted(store.cancel.bind(store));
    store.remove = this.#counted(store.remove.bind(store));
    store.close = this.#counted(store.close.bind(store));
    if (store.evictFinished) store.evictFinished = this.#counted(store.evictFinished.bind(store));
    if (store.shared) this.#watchShared(store.shared);
  }

  /** Resolves when none is under way and nothing follows from the last. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      if (this.#running > 0) {
        await new Promise<void>((resolve) => this.#onIdle.push(resolve));
        quiet = 0;
      }
      await nextTurn();
    }
  }

  /** Counts something else as a call, too. */
  track<Args extends unknown[], Result>(
    call: (...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result> {
    return this.#counted(call);
  }

  #watchShared(shared: SharedState): void {
    shared.read = this.#counted(shared.read.bind(shared));
    shared.list = this.#counted(shared.list.bind(shared));
    shared.write = this.#counted(shared.write.bind(shared));
    shared.now = this.#counted(shared.now.bind(shared));
  }

  #counted<Args extends unknown[], Result>(method: (...args: Args) => Promise<Result>) {
    return async (...args: Args): Promise<Result> => {
      this.#running += 1;
      try {
        return await (this.#isOneByOne ? this.#inTurn(() => method(...args)) : method(...args));
      } finally {
        this.#running -= 1;
        if (this.#running === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
      }
    };
  }

  #inTurn<Result>(call: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(call);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
