import type { PostgresDatabase } from '../postgres-database.ts';
import { SORT_KEY } from './claim-order.ts';
import type { ClaimedRow } from './job-row.ts';

/** Milliseconds after which a call that gave nothing is believed to have claimed nothing. */
const LOOK_FOR = 600_000;
/** Milliseconds between two looks for what a call may still have claimed: the server may finish it long after nobody listens any more. */
const LOOK_INTERVAL = 10_000;

interface UnheardCall {
  /** By `performance.now()`. */
  readonly failedAt: number;
  /** The jobs it had claimed, as far as they were handed out since. */
  readonly jobIds: Set<string>;
}

/** What is known of one worker's calls. */
interface WorkerCalls {
  lastCall: number;
  /** Calls that nobody knows the outcome of. */
  readonly unheard: Map<number, UnheardCall>;
  /** By `performance.now()`. */
  nextLookAt: number;
  /** Whether a look is under way. Another at the same time would find the same jobs, and hand them out a second time. */
  isLooking: boolean;
}

/**
 * Claims that the server made, but whose answer was lost with its connection. Their worker lives, so its lease never ends, and nobody would ever run
 * those jobs. Each claim therefore carries the number of its call, and the jobs of a call that failed are looked for afterwards.
 */
export class UnheardClaims {
  readonly #database: PostgresDatabase;
  readonly #find: string;
  readonly #workers = new Map<string, WorkerCalls>();

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#find = `SELECT *, ${SORT_KEY} AS sort_key FROM ${database.table('jobs')}
      WHERE worker_id = $1 AND status = 'processing' AND claim_call = ANY ($2::integer[]) AND NOT id = ANY ($3::text[])
      ORDER BY ${SORT_KEY}, seq LIMIT $4`;
  }

  /** Makes a call under a number of its own, and remembers it if it fails: nobody knows what the server did. */
  async watch<T>(workerId: string, claim: (call: number) => Promise<T>): Promise<T> {
    const calls = this.#callsOf(workerId);
    const call = ++calls.lastCall;
    try {
      return await claim(call);
    } catch (error) {
      calls.unheard.set(call, { failedAt: performance.now(), jobIds: new Set() });
      calls.nextLookAt = 0;
      throw error;
    }
  }

  /** Whether it is time to look for jobs of a worker. */
  mustLook(workerId: string): boolean {
    const calls = this.#workers.get(workerId);
    if (calls === undefined || calls.isLooking || calls.unheard.size === 0) return false;
    return performance.now() >= calls.nextLookAt;
  }

  /** Jobs that the worker holds without knowing, up to `limit`; each is given once. */
  async recover(workerId: string, limit: number): Promise<readonly ClaimedRow[]> {
    if (!this.mustLook(workerId)) return [];
    const calls = this.#callsOf(workerId);
    calls.isLooking = true;
    // Set before, so that a call that fails meanwhile is looked for at once.
    calls.nextLookAt = performance.now() + LOOK_INTERVAL;
    try {
      return await this.#look(calls, workerId, limit);
    } catch (error) {
      calls.nextLookAt = 0;
      throw error;
    } finally {
      calls.isLooking = false;
    }
  }

  forgetWorker(workerId: string): void {
    this.#workers.delete(workerId);
  }

  async #look(calls: WorkerCalls, workerId: string, limit: number): Promise<readonly ClaimedRow[]> {
    const known = [...calls.unheard.values()].flatMap(({ jobIds }) => [...jobIds]);
    const rows = await this.#database.query<ClaimedRow>(this.#find, [
      workerId,
      [...calls.unheard.keys()],
      known,
      limit,
    ]);
    for (const { claim_call, id } of rows) calls.unheard.get(claim_call)?.jobIds.add(id);
    if (rows.length < limit) settleCalls(calls);
    else calls.nextLookAt = 0;
    return rows;
  }

  #callsOf(workerId: string): WorkerCalls {
    let calls = this.#workers.get(workerId);
    if (calls === undefined) {
      calls = { lastCall: 0, unheard: new Map(), nextLookAt: 0, isLooking: false };
      this.#workers.set(workerId, calls);
    }
    return calls;
  }
}

/** After everything there was to find was found. What one call claims appears all at once, so a call that gave jobs gives no more. */
function settleCalls(calls: WorkerCalls): void {
  const longAgo = performance.now() - LOOK_FOR;
  for (const [call, { jobIds, failedAt }] of calls.unheard) {
    if (jobIds.size > 0 || failedAt < longAgo) calls.unheard.delete(call);
  }
}
