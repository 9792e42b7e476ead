import { toFrozenJson } from '../frozen-json.ts';
import { JobPriority, type QueueJob } from '../job.ts';
import { checkMetadata, checkSupported, checkTransaction, freezeDeliveries } from '../new-job.ts';
import type { NewJob, QueueCapabilities } from '../queue-adapter.ts';
import type { AddGate } from './add-gate.ts';
import type { FailoverEvents, Sides } from './failover-events.ts';
import type { ResolvedFailoverOptions } from './failover-options.ts';
import type { FailoverSwitch } from './failover-switch.ts';
import { isAway } from './is-away.ts';
import { attempt, type PrimaryCalls, unavailable } from './primary-calls.ts';

/** What an {@link AddRouter} works with. */
export interface AddRouterParts {
  readonly sides: Sides;
  readonly options: ResolvedFailoverOptions;
  readonly capabilities: QueueCapabilities;
  readonly calls: PrimaryCalls;
  readonly gate: AddGate;
  readonly events: FailoverEvents;
  readonly switch: FailoverSwitch;
}

/** Brings new jobs to the side in use, and to the fallback where the primary does not take them in time. */
export class AddRouter {
  readonly #parts: AddRouterParts;

  constructor(parts: AddRouterParts) {
    this.#parts = parts;
  }

  /**
   * The jobs as both sides shall store them: with ids, so that a second add of the same is known for one, and copied, as the second may come later.
   * @throws {QueueError} `QUEUE_PAYLOAD_INVALID`; `QUEUE_UNSUPPORTED` for what one of the sides cannot do.
   */
  prepare(jobs: readonly NewJob[]): readonly NewJob[] {
    const { capabilities, options } = this.#parts;
    return jobs.map((job) => {
      const prepared = snapshotOf({ ...job, id: job.id === undefined ? options.createId() : job.id });
      const {
        id,
        priority = JobPriority.NORMAL,
        scheduledFor = null,
        agingMs = null,
        isFair = false,
      } = prepared;
      checkSupported({ id, priority, scheduledFor, agingMs, isFair }, capabilities, options.clock);
      return prepared;
    });
  }

  /** Stores the jobs on the side in use. @throws what that refuses about them. */
  async add(jobs: readonly NewJob[]): Promise<QueueJob[]> {
    const { sides, options, calls, gate, events } = this.#parts;
    if (gate.isClosed) await gate.pass(options.enqueueTimeout);
    if (this.#parts.switch.isUp) {
      const adding = attempt(() => sides.primary.add(jobs));
      try {
        const added = await calls.ask(() => adding, options.enqueueTimeout);
        this.#parts.switch.noteAnswer();
        return added;
      } catch (error) {
        if (!isAway(error)) throw error;
        this.#parts.switch.noteFailedAdd(error);
        // It may store them all the same, some time later. The fallback announces them now.
        events.withoutArrival(jobs, adding).catch(() => undefined);
      }
    }
    return gate.count(sides.fallback.add(jobs));
  }

  /** Stores the jobs in a transaction of the primary's. Never fails over: a transaction cannot. */
  async addWithin(transaction: object, jobs: readonly NewJob[]): Promise<QueueJob[]> {
    const { sides, options, calls } = this.#parts;
    checkTransaction(transaction, this.#parts.capabilities);
    try {
      return await calls.ask(() => sides.primary.add(jobs, { transaction }), options.callTimeout);
    } catch (error) {
      if (!isAway(error)) throw error;
      this.#parts.switch.noteMiss(error);
      throw unavailable(error);
    }
  }
}

/** A copy that its giver cannot change. What is wrong with it is for the adapter to say. */
function snapshotOf(job: NewJob & { readonly id: string }): NewJob & { readonly id: string } {
  const { payload, metadata, deliveries, tags, backoff } = job;
  const maxBytes = Number.POSITIVE_INFINITY;
  return {
    ...job,
    payload: toFrozenJson(payload, { what: 'payload', maxBytes }),
    ...(metadata !== undefined && { metadata: checkMetadata(metadata, maxBytes) }),
    ...(deliveries !== undefined && { deliveries: freezeDeliveries(deliveries) }),
    ...(Array.isArray(tags) && { tags: [...tags] }),
    ...(backoff !== undefined && { backoff: { ...backoff } }),
  };
}
