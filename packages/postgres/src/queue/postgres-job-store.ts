import { randomUUID } from 'node:crypto';
import type {
  ClaimedJob,
  ClaimRequest,
  JobFence,
  JobPage,
  JobPatch,
  JobStatus,
  JobStore,
  JobToInsert,
  JobUpdate,
  QueueCapabilities,
  QueueJob,
  QueueSelection,
  QueueStats,
  ReapedJob,
  ReplayOptions,
  Settlement,
  SettleResult,
} from '@townkrier/queue';
import { PostgresDatabase, type PostgresDatabaseOptions } from '../postgres-database.ts';
import { PostgresError, PostgresErrorCode } from '../postgres-errors.ts';
import { TimeLimit } from '../time-limit.ts';
import { JobClaimer } from './job-claimer.ts';
import { JobCounts } from './job-counts.ts';
import { JobEviction } from './job-eviction.ts';
import { JobFinder, type JobSearch } from './job-finder.ts';
import { type InsertedJob, JobInserter } from './job-inserter.ts';
import { JobPatcher } from './job-patcher.ts';
import { JobRoom } from './job-room.ts';
import { JobSaver } from './job-saver.ts';
import { JobSettler } from './job-settler.ts';
import { JobSteering } from './job-steering.ts';
import { joinTransaction } from './join-transaction.ts';
import { PostgresEventLog } from './postgres-event-log.ts';
import { toQueueError } from './queue-errors.ts';
import { QUEUE_MIGRATIONS } from './queue-schema.ts';
import { SharedValues } from './shared-values.ts';
import { isStorable } from './storable-text.ts';
import { channelOf, type ListenOptions, type Notice, toPayload, WakeChannel } from './wake-channel.ts';
import { WorkerLeases } from './worker-leases.ts';

/** Milliseconds that the answer to a ping may take. */
const PING_TIMEOUT = 3_000;

/** What a {@link PostgresJobStore} needs. */
export interface PostgresJobStoreOptions extends PostgresDatabaseOptions {
  /** Unfinished jobs kept at most, about. */
  readonly maxJobs: number;
  /** Milliseconds a finished job is kept. */
  readonly finishedMaxAge: number;
  /** Milliseconds an insert may take. */
  readonly enqueueTimeout: number;
  /** How the connection that listens is watched. */
  readonly listen?: ListenOptions;
}

/**
 * Jobs in a schema of a PostgreSQL, for any number of processes. The server's clock decides; every method is one statement or one transaction.
 *
 * The tables are made with the first call. Whatever keeps the server from answering is told as `QUEUE_UNAVAILABLE`.
 */
export class PostgresJobStore implements JobStore {
  readonly capabilities: QueueCapabilities = {
    durability: 'machine',
    isShared: true,
    priorities: true,
    scheduling: true,
    cancelRunning: true,
    transactions: true,
    aging: true,
    fairness: true,
    sharedState: true,
    filters: ['status', 'queue', 'type', 'name', 'tag', 'owner', 'limit', 'offset', 'order'],
  };
  /** A statement costs the server as much as ten jobs in it do: dividing them takes more of it than waiting for one answer. */
  readonly stepsAtOnce = 1;
  readonly shared: SharedValues;
  readonly events: PostgresEventLog;
  readonly #database: PostgresDatabase;
  readonly #enqueueTimeout: number;
  readonly #counts: JobCounts;
  readonly #inserter: JobInserter;
  readonly #room: JobRoom;
  readonly #claimer: JobClaimer;
  readonly #settler: JobSettler;
  readonly #patcher: JobPatcher;
  readonly #steering: JobSteering;
  readonly #finder: JobFinder;
  readonly #leases: WorkerLeases;
  readonly #eviction: JobEviction;
  readonly #channel: WakeChannel;
  /** Tells the notices of this store from those of others. */
  readonly #name = randomUUID();
  readonly #wakeNotice = toPayload({ wake: true, by: this.#name });
  /** The workers of this process. */
  readonly #workerIds = new Set<string>();
  readonly #wakeCallbacks = new Set<() => void>();
  readonly #revokedCallbacks = new Set<(fence: JobFence) => void>();

  constructor(options: PostgresJobStoreOptions) {
    const database = new PostgresDatabase(options);
    const channel = channelOf(options.schema);
    this.#database = database;
    this.#enqueueTimeout = options.enqueueTimeout;
    this.#counts = new JobCounts(database);
    const saver = new JobSaver(database, this.#counts, channel);
    this.#inserter = new JobInserter(database, this.#counts, channel);
    this.#room = new JobRoom(this.#counts, this.#inserter, options.maxJobs);
    this.#claimer = new JobClaimer(database, this.#counts);
    this.#settler = new JobSettler(database, this.#counts, { saver, claimer: this.#claimer });
    this.#patcher = new JobPatcher(database, saver);
    this.#steering = new JobSteering(database, this.#counts, saver);
    this.#finder = new JobFinder(database, this.#counts);
    this.#leases = new WorkerLeases(database, saver);
    this.#eviction = new JobEviction(database, this.#counts, options.finishedMaxAge);
    this.#channel = new WakeChannel(database, this.#onNotice, options.listen);
    this.shared = new SharedValues(database, {
      call: (action) => this.#call(action),
      listen: () => this.#channel.listen(),
      channel,
      notice: toPayload({ changed: true, by: this.#name }),
    });
    this.events = new PostgresEventLog(database, {
      listen: () => this.#channel.listen(),
      channel,
      notice: toPayload({ appended: true, by: this.#name }),
    });
  }

  async insert(jobs: readonly JobToInsert[], transaction?: object): Promise<readonly InsertedJob[]> {
    const limit = new TimeLimit(this.#enqueueTimeout);
    try {
      await limit.within(this.#ready());
      if (transaction !== undefined) return await this.#insertWithin(transaction, jobs, limit);
      const inserted = await this.#insertOwn(jobs, limit);
      if (inserted.some(({ isNew }) => isNew)) this.#wake();
      return inserted;
    } catch (error) {
      throw toQueueError(error);
    }
  }

  claim(request: ClaimRequest): Promise<readonly ClaimedJob[]> {
    return this.#call(() => this.#claimer.claim(request));
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleResult[]> {
    const results = await this.#call(() => this.#settler.settle(settlements, this.#wakeNotice));
    if (settlements.some(({ to }) => to === 'retrying' || to === 'pending')) this.#wake();
    return results;
  }

  async settleAndClaim(settlements: readonly Settlement[], request: ClaimRequest) {
    const answer = await this.#call(() =>
      this.#settler.settleAndClaim(settlements, request, this.#wakeNotice),
    );
    if (settlements.some(({ to }) => to === 'retrying' || to === 'pending')) this.#wake();
    return answer;
  }

  update(fence: JobFence, patch: JobPatch): Promise<boolean> {
    return this.#call(() => this.#patcher.patch({ fence, patch }));
  }

  updateMany(updates: readonly JobUpdate[]): Promise<readonly boolean[]> {
    return this.#call(() => this.#patcher.patchMany(updates));
  }

  heartbeat(workerId: string, leaseMs: number): Promise<void> {
    this.#workerIds.add(workerId);
    return this.#call(() => this.#leases.extend(workerId, leaseMs));
  }

  async reapExpired(maxCrashes: number): Promise<readonly ReapedJob[]> {
    const reaped = await this.#call(() => this.#leases.reapExpired(maxCrashes, this.#wakeNotice));
    if (reaped.some(({ to }) => to === 'pending')) this.#wake();
    return reaped;
  }

  forgetWorker(workerId: string): Promise<void> {
    this.#workerIds.delete(workerId);
    this.#claimer.unheard.forgetWorker(workerId);
    return this.#call(() => this.#leases.forget(workerId));
  }

  msUntilNextDue(selection: QueueSelection = {}): Promise<number | null> {
    return this.#call(() => this.#claimer.msUntilNextDue(selection));
  }

  /** Listens to other processes for as long as somebody wants to be called, which takes one connection of the pool. */
  onWake(callback: () => void): () => void {
    // A wrapper of its own, so that one function registered twice is undone one at a time.
    const wake = (): void => callback();
    this.#wakeCallbacks.add(wake);
    const stopListening = this.#channel.listen();
    return () => {
      this.#wakeCallbacks.delete(wake);
      stopListening();
    };
  }

  onRevoked(callback: (fence: JobFence) => void): () => void {
    this.#revokedCallbacks.add(callback);
    return () => this.#revokedCallbacks.delete(callback);
  }

  get(id: string): Promise<QueueJob | null> {
    return this.#call(() => this.#steering.get(id));
  }

  find(search: JobSearch): Promise<JobPage> {
    return this.#call(() => this.#finder.find(search));
  }

  stats(queue?: string): Promise<QueueStats> {
    return this.#call(() => this.#counts.stats(queue === undefined || isStorable(queue) ? queue : ''));
  }

  async retry(id: string, options: ReplayOptions = {}): Promise<QueueJob> {
    const job = await this.#call(() => this.#steering.retry(id, options, this.#wakeNotice));
    this.#wake();
    return job;
  }

  countAhead(id: string): Promise<number | null> {
    return this.#call(() => this.#steering.countAhead(id));
  }

  async cancel(id: string): Promise<{ readonly job: QueueJob; readonly from: JobStatus }> {
    return this.#call(async () => {
      const { job, from } = await this.#steering.cancel(id, (revoked) => toPayload({ revoked }));
      return { job, from };
    });
  }

  remove(id: string): Promise<QueueJob> {
    return this.#call(() => this.#steering.remove(id));
  }

  evictFinished(): Promise<void> {
    return this.#call(async () => {
      await this.#counts.fold();
      await this.#eviction.run();
    });
  }

  async ping(): Promise<void> {
    try {
      await this.#database.query('SELECT 1', [], { timeoutMs: PING_TIMEOUT });
    } catch (error) {
      throw toQueueError(error);
    }
  }

  async close(): Promise<void> {
    this.#wakeCallbacks.clear();
    this.#revokedCallbacks.clear();
    this.shared.close();
    this.events.close();
    await this.#channel.stop();
    await this.#database.close();
  }

  /**
   * A connection that breaks while jobs are inserted is nothing to trouble the app with, as long as the server is there: it is done again, once. What was
   * stored the first time is found by its id.
   */
  async #insertOwn(jobs: readonly JobToInsert[], limit: TimeLimit): Promise<readonly InsertedJob[]> {
    const target = { runner: this.#database, isAppTransaction: false, notice: this.#wakeNotice };
    const insert = async () => {
      await this.#room.check(jobs, target.runner, limit);
      return this.#inserter.insert(jobs, target, limit);
    };
    try {
      return await insert();
    } catch (error) {
      if (limit.isOver || !PostgresError.is(error, PostgresErrorCode.POSTGRES_UNAVAILABLE)) throw error;
      return insert();
    }
  }

  /** As part of a transaction of the app's. Its commit tells everybody, this process too. */
  #insertWithin(
    transaction: object,
    jobs: readonly JobToInsert[],
    limit: TimeLimit,
  ): Promise<readonly InsertedJob[]> {
    return joinTransaction(this.#database, transaction, limit, async (runner) => {
      await this.#room.check(jobs, runner, limit);
      const notice = toPayload({ wake: true, by: null });
      return this.#inserter.insert(jobs, { runner, isAppTransaction: true, notice }, limit);
    });
  }

  async #call<T>(action: () => Promise<T>): Promise<T> {
    try {
      await this.#ready();
      return await action();
    } catch (error) {
      throw toQueueError(error);
    }
  }

  #ready(): Promise<void> {
    return this.#database.migrate('queue', QUEUE_MIGRATIONS);
  }

  readonly #onNotice = (notice: Notice): void => {
    if ('wake' in notice) {
      if (notice.by !== this.#name) this.#wake();
    } else if ('changed' in notice) {
      if (notice.by !== this.#name) this.shared.tell();
    } else if ('appended' in notice) {
      if (notice.by !== this.#name) this.events.tell();
    } else if (this.#workerIds.has(notice.revoked.workerId)) {
      for (const tell of this.#revokedCallbacks) tell(notice.revoked);
    }
  };

  readonly #wake = (): void => {
    for (const wake of this.#wakeCallbacks) wake();
  };
}
