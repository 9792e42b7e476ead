import type { Delivery, DeliveryDecision, DeliveryMiddleware } from './delivery.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';
import { untilAborted } from './until-aborted.ts';

/** Told of what a middleware threw where it can change nothing any more. */
export type MiddlewareErrorHandler = (error: unknown, middleware: string) => void;

/** One delivery on its way through the middleware. */
export interface MiddlewareRun {
  /** Outermost first. */
  readonly middleware: readonly DeliveryMiddleware[];
  readonly delivery: Delivery;
  /** Asks the providers. Called at most once. */
  readonly ask: (delivery: Delivery) => Promise<DeliveryDecision>;
  readonly onError: MiddlewareErrorHandler;
}

/**
 * Runs a delivery through the middleware. What the providers did is never undone by what a middleware does afterwards: an accepted message stays `sent`,
 * and an error of theirs stays that error, whatever is thrown on the way out. A middleware that lets go of `next` unawaited is waited for.
 *
 * @throws what `ask` threw; `MIDDLEWARE_FAILED` when a middleware threw, or decided nothing, before `ask` was reached.
 */
export async function runMiddleware(run: MiddlewareRun): Promise<DeliveryDecision> {
  if (run.middleware.length === 0) return run.ask(run.delivery);
  const passage = new Passage(run);
  try {
    const decision: unknown = await untilAborted(passage.from(0, run.delivery), run.delivery.signal);
    return await passage.conclude(decision);
  } catch (error) {
    return await passage.concludeError(error);
  }
}

class Passage {
  readonly #run: MiddlewareRun;
  #asked: Promise<DeliveryDecision> | undefined;
  /** The innermost middleware an error came out of. */
  #culprit: string | undefined;

  constructor(run: MiddlewareRun) {
    this.#run = run;
  }

  async from(index: number, delivery: Delivery): Promise<DeliveryDecision> {
    const middleware = this.#run.middleware[index];
    if (middleware === undefined) return this.#ask(delivery);
    if (middleware.deliver === undefined) return this.from(index + 1, delivery);
    let wasCalled = false;
    try {
      return await middleware.deliver(delivery, async (changed = delivery) => {
        if (wasCalled) throw calledTwice(middleware.name);
        wasCalled = true;
        return this.from(index + 1, changed);
      });
    } catch (error) {
      this.#culprit ??= middleware.name;
      throw error;
    }
  }

  #ask(delivery: Delivery): Promise<DeliveryDecision> {
    this.#asked = this.#run.ask(delivery);
    // Whether anyone awaits it is up to the middleware; it is concluded from below in any case.
    this.#asked.catch(() => undefined);
    return this.#asked;
  }

  /** What a delivery comes to whose middleware returned `decision`. */
  async conclude(decision: unknown): Promise<DeliveryDecision> {
    const asked = await this.#outcome();
    if (asked?.decision?.status === 'sent') return asked.decision;
    if (isDecision(decision)) return decision;
    if (asked?.decision !== undefined) return asked.decision;
    throw asked === undefined ? decidedNothing() : asked.error;
  }

  /** What a delivery comes to whose middleware threw `error`. */
  async concludeError(error: unknown): Promise<DeliveryDecision> {
    const asked = await this.#outcome();
    const middleware = this.#culprit ?? 'unnamed';
    if (asked === undefined) throw this.#culprit === undefined ? error : failedBefore(middleware, error);
    if (asked.error !== error) this.#report(error, middleware);
    if (asked.decision !== undefined) return asked.decision;
    throw asked.error;
  }

  async #outcome(): Promise<{ readonly decision?: DeliveryDecision; readonly error?: unknown } | undefined> {
    if (this.#asked === undefined) return undefined;
    return this.#asked.then(
      (decision) => ({ decision }),
      (error: unknown) => ({ error }),
    );
  }

  #report(error: unknown, middleware: string): void {
    this.#run.onError(error, middleware);
  }
}

function isDecision(value: unknown): value is DeliveryDecision {
  return (
    typeof value === 'object' &&
    value !== null &&
    'status' in value &&
    (value.status === 'sent' || value.status === 'skipped')
  );
}

function failedBefore(middleware: string, cause: unknown): TownKrierError {
  const reason = cause instanceof Error ? cause.name : typeof cause;
  return new TownKrierError(
    `Middleware "${middleware}" threw a ${reason} before a provider was asked; nothing was sent. See the cause.`,
    { code: CoreErrorCode.MIDDLEWARE_FAILED, cause },
  );
}

function calledTwice(middleware: string): TownKrierError {
  return new TownKrierError(`Middleware "${middleware}" called next() twice; the second call was refused.`, {
    code: CoreErrorCode.MIDDLEWARE_FAILED,
  });
}

function decidedNothing(): TownKrierError {
  return new TownKrierError(
    'A middleware neither called next() nor returned a decision ({ status: "skipped", reason }); nothing was sent.',
    { code: CoreErrorCode.MIDDLEWARE_FAILED },
  );
}
