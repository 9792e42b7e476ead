import { type Clock, CoreErrorCode, parseOptions, TownKrierError } from '@townkrier/core';
import { z } from 'zod';
import { AuditAction, type AuditFacts } from '../audit/audit-entry.ts';
import { recordChange } from '../audit/audit-trail.ts';
import { Confirmations } from '../confirmations.ts';
import type { QueueJob } from '../job.ts';
import type { SharedState } from '../job-store.ts';
import { unsupported } from '../new-job.ts';
import type { QueueAdapter, QueueStats } from '../queue-adapter.ts';
import { changeShared } from './change-shared.ts';
import { untilDrained } from './drained.ts';
import { PAUSE_PREFIX, pausedQueueOf, pauseKey, pauseOf, type StoredPause } from './pause.ts';
import { type PurgeRequest, purge } from './purge.ts';

/** How a queue stands. */
export interface QueueState {
  readonly name: string;
  readonly isPaused: boolean;
  readonly pausedAt: Date | null;
  /** When it goes on by itself; `null` when it does not pause, or until somebody resumes it. */
  readonly pausedUntil: Date | null;
  readonly pauseReason: string | null;
  readonly stats: QueueStats;
}

/** How a queue pauses. */
export interface PauseOptions {
  /** When it goes on by itself. @default when it is resumed */
  readonly until?: Date | undefined;
  /** For people. */
  readonly reason?: string | undefined;
}

/** What a purge would delete. */
export interface PurgeConfirmation {
  /** For `purge`. Good once, until `expiresAt`, and only where it was made. */
  readonly token: string;
  readonly queue: string;
  /** Jobs that wait now. */
  readonly count: number;
  readonly expiresAt: Date;
}

/** What a {@link QueueControl} works with. */
export interface QueueControlParts {
  readonly adapter: QueueAdapter;
  readonly clock: Clock;
  /** Queues that are listed whether they pause or not. */
  readonly names: readonly string[];
  /** Deletes a waiting job. */
  readonly forget: (job: QueueJob) => Promise<void>;
}

const pauseSchema = z.strictObject({
  until: z.date().optional(),
  reason: z.string().max(512).optional(),
});

/**
 * Queues in the hands of an operator. What is done here holds in every process of the backend: in this one from when the call is answered, in others as soon as they hear of
 * it, and at the latest when they look for jobs by themselves (`pollInterval`).
 */
export class QueueControl {
  readonly #parts: QueueControlParts;
  readonly #confirmations: Confirmations<PurgeRequest>;

  constructor(parts: QueueControlParts) {
    this.#parts = parts;
    this.#confirmations = new Confirmations(parts.clock, 'confirmPurge');
  }

  /**
   * Starts no job of a queue any more, until it is resumed or a moment comes. Jobs that run go on; new ones may be added. Pausing one that pauses says anew until when.
   *
   * @throws {QueueError} `QUEUE_UNSUPPORTED` where processes share no values; `QUEUE_UNAVAILABLE`.
   * @throws {TownKrierError} `CONFIG_INVALID` for a moment that has passed.
   */
  async pause(name: string, options: PauseOptions = {}): Promise<QueueState> {
    const { until, reason } = parseOptions(pauseSchema, options, 'pause');
    const shared = this.#requireShared();
    const at = await shared.now();
    if (until !== undefined && until.getTime() <= at) throw pausedForNothing(until);
    const pause = { at, until: until?.getTime() ?? null, reason: reason ?? null };
    return this.#change(AuditAction.QUEUE_PAUSE, name, () =>
      changeShared(shared, pauseKey(name), () => ({ value: pause, result: undefined })),
    );
  }

  /** Goes on with a queue. Does nothing when it does not pause. @throws {QueueError} as `pause`. */
  async resume(name: string): Promise<QueueState> {
    const shared = this.#requireShared();
    return this.#change(AuditAction.QUEUE_RESUME, name, () =>
      changeShared(shared, pauseKey(name), (value) => ({
        value: value === null ? undefined : null,
        result: undefined,
      })),
    );
  }

  /** How a queue stands; one that nobody knows has no jobs and does not pause. */
  async get(name: string): Promise<QueueState> {
    const { shared } = this.#parts.adapter;
    const entry = (await shared?.read(pauseKey(name))) ?? null;
    const pause = entry === null ? null : pauseOf(entry.value);
    return this.#toState(name, pause, (await shared?.now()) ?? 0);
  }

  /** The queues that have a policy or pause, by name. */
  async list(): Promise<QueueState[]> {
    const { shared } = this.#parts.adapter;
    const entries = (await shared?.list(PAUSE_PREFIX)) ?? [];
    const now = (await shared?.now()) ?? 0;
    const pauses = new Map(entries.map(({ key, value }) => [pausedQueueOf(key), pauseOf(value)]));
    const names = new Set([...this.#parts.names, ...pauses.keys()]);
    return Promise.all([...names].sort().map((name) => this.#toState(name, pauses.get(name) ?? null, now)));
  }

  /**
   * Resolves when no job of a queue is due or runs, in any process; those that come later, also as retries, are not waited for. It pauses nothing and changes nothing: a queue
   * that pauses with jobs in it is never drained.
   *
   * @param options.signal - Gives up waiting. @throws its reason.
   */
  async drain(name: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    await untilDrained(this.#parts, name, signal);
  }

  /** The first of two steps: counts the jobs of a queue that wait, and gives what `purge` asks for. Deletes nothing. */
  async confirmPurge(name: string): Promise<PurgeConfirmation> {
    const { adapter, clock } = this.#parts;
    const askedAt = (await adapter.shared?.now()) ?? clock.now();
    const { pending, scheduled, retrying } = await adapter.getStats(name);
    const confirmation = this.#confirmations.add({ queue: name, askedAt });
    return { ...confirmation, queue: name, count: pending + scheduled + retrying };
  }

  /**
   * The second step: deletes the jobs that waited when it was confirmed and still do. Running ones stay, and so do those that were added since.
   *
   * @param token - From `confirmPurge` of the same object, at most a minute ago. Used up by the call, whatever comes of it.
   * @throws {QueueError} `QUEUE_CONFIRMATION_INVALID`; `QUEUE_UNSUPPORTED` for an adapter that cannot find jobs by queue and status.
   */
  async purge(token: string): Promise<{ readonly deleted: number }> {
    const request = this.#confirmations.take(token);
    const { adapter, forget } = this.#parts;
    const before = factsOf(await this.get(request.queue));
    const change = {
      action: AuditAction.QUEUE_PURGE,
      target: targetOf(request.queue),
      before,
      after: ({ deleted }: { readonly deleted: number }) => ({ deleted }),
    };
    return recordChange(adapter.audit, change, async () => ({
      deleted: await purge(adapter, request, forget),
    }));
  }

  async #change(action: AuditAction, name: string, run: () => Promise<void>): Promise<QueueState> {
    const before = factsOf(await this.get(name));
    const change = { action, target: targetOf(name), before, after: factsOf };
    return recordChange(this.#parts.adapter.audit, change, async () => {
      await run();
      return this.get(name);
    });
  }

  async #toState(name: string, kept: StoredPause | null, now: number): Promise<QueueState> {
    const pause = kept !== null && (kept.until ?? Number.POSITIVE_INFINITY) > now ? kept : null;
    return {
      name,
      isPaused: pause !== null,
      pausedAt: toDate(pause?.at),
      pausedUntil: toDate(pause?.until),
      pauseReason: pause?.reason ?? null,
      stats: await this.#parts.adapter.getStats(name),
    };
  }

  #requireShared(): SharedState {
    const { shared } = this.#parts.adapter;
    if (shared !== undefined) return shared;
    throw unsupported('values that processes share, and so no pauses');
  }
}

function toDate(moment: number | null | undefined): Date | null {
  return moment === null || moment === undefined ? null : new Date(moment);
}

function targetOf(name: string) {
  return { kind: 'queue', id: name, queue: name } as const;
}

function factsOf({ isPaused, pausedUntil, stats }: QueueState): AuditFacts {
  const { pending, scheduled, retrying, processing } = stats;
  return {
    isPaused,
    pausedUntil: pausedUntil?.toISOString() ?? null,
    pending,
    scheduled,
    retrying,
    processing,
  };
}

function pausedForNothing(until: Date): TownKrierError {
  return new TownKrierError(
    `pause: until must lie ahead, got ${until.toISOString()}. Leave it out to pause until somebody resumes the queue.`,
    { code: CoreErrorCode.CONFIG_INVALID },
  );
}
