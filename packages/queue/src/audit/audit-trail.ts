import { TownKrierError } from '@townkrier/core';
import { QueueError, QueueErrorCode } from '../errors.ts';
import type { AuditAction, AuditEntry, AuditFacts, AuditTarget } from './audit-entry.ts';
import {
  type AuditTrailOptions,
  type ResolvedAuditTrailOptions,
  resolveAuditTrailOptions,
} from './audit-trail-options.ts';

/** An action, and how to tell what came of it. */
export interface AuditedChange<Result> {
  readonly action: AuditAction;
  readonly target: AuditTarget;
  /** How the target stands now. */
  readonly before: AuditFacts | null;
  /** How it stands afterwards. */
  readonly after: (result: Result) => AuditFacts | null;
}

/** An entry without who and when. */
type WhatHappened = Omit<AuditEntry, 'at' | 'actor' | 'reason'>;

/**
 * Reports what operators do, before it is done and before it is answered, so that no action goes unseen: one that the process did not live to finish has left its
 * `requested`.
 */
export class AuditTrail {
  readonly #options: ResolvedAuditTrailOptions;

  /** @throws {TownKrierError} `CONFIG_INVALID` for a wrong or unknown option. */
  constructor(options: AuditTrailOptions) {
    this.#options = resolveAuditTrailOptions(options);
  }

  /**
   * The same trail with another actor: make one for each request.
   *
   * @param why.reason - Their reason, as they gave it.
   * @throws {TownKrierError} `CONFIG_INVALID` for an actor or a reason that is empty or longer than 512 characters.
   */
  as(actor: string, why: { readonly reason?: string | undefined } = {}): AuditTrail {
    return new AuditTrail({ ...this.#options, actor, reason: why.reason });
  }

  /**
   * Does something and reports it.
   *
   * @returns what `run` returned. It is answered when the sink has kept the second entry, or failed to.
   * @throws {QueueError} `QUEUE_AUDIT_FAILED` when the sink fails before (`onSinkError: 'refuse'`): `run` is not called then.
   * @throws what `run` threw, reported as `failed`.
   */
  async record<Result>(change: AuditedChange<Result>, run: () => Promise<Result>): Promise<Result> {
    const { action, target, before } = change;
    const common = { id: this.#options.createId(), action, target, before };
    await this.#request({ ...common, after: null, outcome: 'requested' });
    let result: Result;
    try {
      result = await run();
    } catch (error) {
      await this.#report({ ...common, after: null, outcome: 'failed', errorCode: codeOf(error) });
      throw error;
    }
    await this.#report({ ...common, after: change.after(result), outcome: 'done' });
    return result;
  }

  async #request(what: WhatHappened): Promise<void> {
    if (this.#options.onSinkError === 'report') return this.#report(what);
    try {
      await this.#write(what);
    } catch (error) {
      throw new QueueError(
        QueueErrorCode.QUEUE_AUDIT_FAILED,
        `The audit sink did not keep that ${what.action} of ${what.target.kind} ${what.target.id} was asked for, so it was not done. Mend the sink, or set onSinkError to 'report'.`,
        error,
      );
    }
  }

  async #report(what: WhatHappened): Promise<void> {
    try {
      await this.#write(what);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async #write(what: WhatHappened): Promise<void> {
    const { clock, sink, actor, reason } = this.#options;
    const at = new Date(clock.now());
    await sink.write(Object.freeze({ ...what, at, actor, ...(reason !== undefined && { reason }) }));
  }
}

/** Does something, and reports it where there is a trail. For what is built on an adapter: `recordChange(adapter.audit, change, run)`. */
export function recordChange<Result>(
  trail: AuditTrail | undefined,
  change: AuditedChange<Result>,
  run: () => Promise<Result>,
): Promise<Result> {
  return trail === undefined ? run() : trail.record(change, run);
}

function codeOf(error: unknown): string {
  return TownKrierError.is(error) ? error.code : 'UNKNOWN';
}
