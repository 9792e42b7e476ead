import { createId } from '@townkrier/core';
import {
  applyPatch,
  applySettlement,
  type ClaimedJob,
  type ClaimRequest,
  type JobFence,
  type JobPatch,
  type Settlement,
  toQueueJob,
  toStoredDeliveries,
} from '@townkrier/queue';
import { type HeldClaim, HeldClaims } from './held-claims.ts';
import { toJob, toLeavingMoment, toLogLine, toState } from './job-document.ts';
import { type JobRedis, toSelectionValues } from './job-redis.ts';
import { isOne, toHash, toList, toText } from './reply.ts';

/** Lines of `logs` a job keeps. */
const MAX_LOG_LINES = 100;

/** What became of settlements, and what was claimed with them. */
export interface SettledAndClaimed {
  /** For each settlement whether it was stored. */
  readonly stored: readonly boolean[];
  readonly claimed: readonly ClaimedJob[];
}

/** The jobs that workers of this process hold: taking them, saying how they get on, holding them longer, ending them. */
export class JobClaims {
  readonly #redis: JobRedis;
  readonly #defaultLeaseMs: number;
  readonly #leases = new Map<string, number>();
  readonly #held = new HeldClaims();
  /** Makes the tokens of this process's claims its own. */
  readonly #tokenPrefix = createId();
  #claims = 0;

  constructor(redis: JobRedis, leaseMs: number) {
    this.#redis = redis;
    this.#defaultLeaseMs = leaseMs;
  }

  /** @throws {QueueError} `QUEUE_UNAVAILABLE`; telling the same settlements again is safe then. */
  async settleAndClaim(
    settlements: readonly Settlement[],
    request: ClaimRequest | null,
  ): Promise<SettledAndClaimed> {
    const held = settlements.map((settlement) => this.#held.find(settlement));
    if (request === null && held.every((one) => one === null)) {
      return { stored: held.map(() => false), claimed: [] };
    }
    const workerId = request?.workerId ?? settlements[0]?.workerId ?? '';
    const [results, claimed] = await this.#send(settlements, held, { workerId, request });
    let position = 0;
    const stored = held.map((one) => one !== null && isOne(toList(results)[position++]));
    for (const { fence } of held.filter((one) => one !== null)) this.#held.remove(fence);
    return { stored, claimed: toList(claimed).flatMap((reply) => this.#take(reply, workerId)) };
  }

  /** @returns whether the worker still held the job. */
  async update(fence: JobFence, patch: JobPatch): Promise<boolean> {
    const held = this.#held.find(fence);
    if (held === null) return false;
    const now = this.#redis.now();
    const line =
      patch.log === undefined
        ? ''
        : toLogLine({ ...patch.log, at: patch.log.at.getTime(), attempt: held.job.attempts });
    const reply = await this.#redis.run(this.#redis.scripts.update, now, [
      held.queue,
      held.id,
      held.token,
      fence.claim,
      this.#leaseOf(fence.workerId),
      patch.progress === undefined ? '' : JSON.stringify(patch.progress),
      patch.deliveries === undefined ? '' : JSON.stringify(toStoredDeliveries(patch.deliveries)),
      line,
      MAX_LOG_LINES,
    ]);
    if (!isOne(reply)) return false;
    applyPatch(held.job, patch, now);
    return true;
  }

  /** Holds all jobs of a worker for another lease. @returns the claims that were lost. */
  async extend(workerId: string, leaseMs: number): Promise<readonly JobFence[]> {
    this.#leases.set(workerId, leaseMs);
    const held = this.#held.of(workerId);
    if (held.length === 0) return [];
    const values = held.flatMap(({ queue, id, token, fence }) => [queue, id, token, fence.claim]);
    const now = this.#redis.now();
    const reply = toList(await this.#redis.run(this.#redis.scripts.extend, now, [leaseMs, ...values]));
    const lost = held.filter((_claim, i) => !isOne(reply[i])).map(({ fence }) => fence);
    for (const fence of lost) this.#held.remove(fence);
    return lost;
  }

  /** The fence of a job that a worker here holds under this claim. */
  fenceOf(jobId: string, claim: number): JobFence | null {
    return this.#held.fenceOf(jobId, claim);
  }

  forget(workerId: string): void {
    this.#leases.delete(workerId);
    this.#held.removeAllOf(workerId);
  }

  async #send(
    settlements: readonly Settlement[],
    held: readonly (HeldClaim | null)[],
    { workerId, request }: { readonly workerId: string; readonly request: ClaimRequest | null },
  ): Promise<readonly unknown[]> {
    const now = this.#redis.now();
    const token = `${this.#tokenPrefix}:${++this.#claims}`;
    const values = settlements.flatMap((settlement, i) => toValues(settlement, held[i] ?? null, now));
    const queues = request === null ? null : toSelectionValues(request);
    const limit = queues === null ? 0 : (request?.limit ?? 0);
    const head = [workerId, this.#leaseOf(workerId), token, limit];
    try {
      return toList(
        await this.#redis.run(this.#redis.scripts.settleAndClaim, now, [
          ...head,
          ...(queues ?? [0]),
          ...values,
        ]),
      );
    } catch (error) {
      for (const one of held) if (one !== null) one.isUncertain = true;
      throw error;
    }
  }

  #take(reply: unknown, workerId: string): ClaimedJob[] {
    const [queue, id, token, fields, log] = toList(reply);
    const names = { queue: toText(queue), id: toText(id) };
    const found = toJob({ ...names, hash: toHash(fields), log: toList(log), status: 'processing', due: 0 });
    if (found === null) return [];
    const { job } = found;
    const fence: JobFence = { jobId: job.id, claim: job.claims, workerId };
    this.#held.add({ fence, ...found, ...names, token: toText(token), isUncertain: false });
    return [{ job: toQueueJob(job), fence }];
  }

  #leaseOf(workerId: string): number {
    return this.#leases.get(workerId) ?? this.#defaultLeaseMs;
  }
}

/** A settlement as the script takes it; none for one that nobody holds. */
function toValues(settlement: Settlement, held: HeldClaim | null, now: number): (string | number)[] {
  if (held === null) return [];
  const { queue, id, number, token, fence } = held;
  return [
    queue,
    id,
    number,
    token,
    fence.claim,
    settlement.to,
    ...toOutcome(settlement, held, now),
    held.isUncertain ? '1' : '',
    settlement.to === 'completed' || settlement.to === 'cancelled' ? toLeavingMoment(held.job, now) : '',
  ];
}

/** Result or stack, state, reason, delay, and deliveries. */
function toOutcome(settlement: Settlement, held: HeldClaim, now: number): (string | number)[] {
  const said =
    settlement.deliveries === undefined ? '' : JSON.stringify(toStoredDeliveries(settlement.deliveries));
  if (settlement.to === 'completed') return [JSON.stringify(settlement.result), '', '', 0, said];
  const delayMs = settlement.to === 'retrying' ? Math.ceil(settlement.delayMs) : 0;
  const job = { ...held.job };
  applySettlement(job, settlement.to === 'retrying' ? { ...settlement, delayMs } : settlement, now);
  const state = toState(job);
  if (settlement.to === 'pending') return ['', state, '', 0, said];
  const { message, stack } = settlement.error;
  const deliveries =
    settlement.to === 'cancelled' && job.deliveries.length > 0 ? JSON.stringify(job.deliveries) : said;
  return [JSON.stringify([stack ?? message]), state, message, delayMs, deliveries];
}
