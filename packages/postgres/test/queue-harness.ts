import { setTimeout as wait } from 'node:timers/promises';
import type { JobStatus, JobStore } from '@townkrier/queue';
import {
  type HarnessLimits,
  type HarnessRequest,
  type JobStoreHarness,
  type OpenTransaction,
  type QueueAdapterHarness,
  type RawJob,
  WorkerStall,
} from '@townkrier/queue/testing';
import type pg from 'pg';
import { PostgresDatabase, quoteName } from '../src/postgres-database.ts';
import { PostgresJobStore } from '../src/queue/postgres-job-store.ts';
import { PostgresQueueAdapter } from '../src/queue/postgres-queue-adapter.ts';
import { QUEUE_MIGRATIONS } from '../src/queue/queue-schema.ts';
import { CallsInFlight } from './calls-in-flight.ts';
import { dropSchema, freshSchema, openTestPool } from './test-server.ts';
import { VirtualServerTime } from './virtual-server-time.ts';

const LEASE_MS = 15_000;
const HEARTBEAT_MS = 5000;
const SHUTDOWN_TIMEOUT_MS = 25_000;
const MAX_CRASHES = 3;

const LIMITS: HarnessLimits = {
  leaseHeldMs: LEASE_MS - HEARTBEAT_MS,
  leaseOverMs: LEASE_MS + HEARTBEAT_MS,
  maxCrashes: MAX_CRASHES,
  shutdownTimeoutMs: SHUTDOWN_TIMEOUT_MS,
  toleranceMs: 0,
};

/** A poll that no case lives to see: what happens in time happens because somebody was told. */
const NEVER = 1e9;
/** Longer than a busy machine takes. Milliseconds. */
const PATIENT = 60_000;
/** Milliseconds in which a notice of the server arrives. */
const NOTICE_TAKES = 3;

/** The adapter with its store in reach. */
class OpenAdapter extends PostgresQueueAdapter {
  get openStore(): JobStore {
    return this.store;
  }
}

/** Connections of all harnesses of a test file, so that not every case has to open its own. */
let shared: pg.Pool | undefined;
function sharedPool(): pg.Pool {
  shared ??= openTestPool({ max: 12, allowExitOnIdle: true });
  return shared;
}

/** A single connection, so that what is read is read in the order in which it was asked. */
let inspecting: pg.Pool | undefined;
function inspectingPool(): pg.Pool {
  inspecting ??= openTestPool({ max: 1, allowExitOnIdle: true });
  return inspecting;
}

/** A schema with the tables of the queue and nothing in them. */
async function makeSchema(): Promise<string> {
  const schema = freshSchema();
  const database = new PostgresDatabase({
    connection: sharedPool(),
    schema,
    maxConnections: 2,
    queryTimeout: PATIENT,
    preparedStatements: false,
  });
  await database.migrate('queue', QUEUE_MIGRATIONS);
  return schema;
}

async function readRaw(schema: string, jobId: string): Promise<RawJob | null> {
  const { rows } = await inspectingPool().query<{ status: JobStatus; attempts: number }>(
    `SELECT status, attempts FROM ${quoteName(schema)}.jobs WHERE id = $1`,
    [jobId],
  );
  return rows[0] ?? null;
}

async function beginTransaction(opened: (() => Promise<void>)[]): Promise<OpenTransaction> {
  const handle = await sharedPool().connect();
  await handle.query('BEGIN');
  let isOpen = true;
  const end = async (sql: string): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await handle.query(sql);
    handle.release();
  };
  opened.push(() => end('ROLLBACK'));
  return { handle, commit: () => end('COMMIT'), rollback: () => end('ROLLBACK') };
}

/** Adapters over one schema, on virtual time of the server. */
async function createHarness(
  schema: string,
  request: HarnessRequest,
  { calls, dispose }: { readonly calls: CallsInFlight; dispose(): Promise<void> },
): Promise<QueueAdapterHarness> {
  const time = await VirtualServerTime.rule(sharedPool(), schema);
  const stalls: WorkerStall[] = [];
  const adapters: PostgresQueueAdapter[] = [];
  const opened: (() => Promise<void>)[] = [];
  const open = (): PostgresQueueAdapter => {
    const adapter = new OpenAdapter({
      connection: sharedPool(),
      schema,
      clock: time.clock,
      leaseMs: LEASE_MS,
      heartbeatMs: HEARTBEAT_MS,
      shutdownTimeout: SHUTDOWN_TIMEOUT_MS,
      maxCrashes: MAX_CRASHES,
      pollInterval: NEVER,
      enqueueTimeout: PATIENT,
      queryTimeout: PATIENT,
      maxJobs: request.capacity,
      onListenerError: () => undefined,
      onError: () => undefined,
    });
    calls.watch(adapter.openStore);
    stalls.push(new WorkerStall(adapter.openStore));
    adapters.push(adapter);
    return adapter;
  };
  const adapter = open();
  let isDisposed = false;
  const stallWorkers = async (): Promise<void> => {
    for (const stall of stalls) stall.stallAll();
  };
  return {
    adapter,
    limits: LIMITS,
    now: () => time.clock.now(),
    async advance(ms) {
      await calls.settled();
      if (isDisposed) return;
      await time.advance(ms, () => calls.settled());
      // Within a process nothing is left to wait for. Others are told by the server.
      if (adapters.length > 1 || opened.length > 0) await wait(NOTICE_TAKES);
    },
    inspect: calls.track((jobId: string) => readRaw(schema, jobId)),
    stallWorkers,
    connect: async () => open(),
    async restart() {
      await stallWorkers();
      return open();
    },
    begin: () => beginTransaction(opened),
    async close() {
      for (const undo of opened) await undo();
      for (const stall of stalls) stall.release();
      await Promise.all(adapters.map((each) => each.close()));
      isDisposed = true;
      await calls.track(dispose)();
    },
  };
}

/** An adapter on a schema of its own and virtual time. */
export async function createPostgresHarness(request: HarnessRequest = {}): Promise<QueueAdapterHarness> {
  return openHarnessOn(await makeSchema(), request);
}

/** Makes harnesses one after the other on one schema, which is emptied for each, and whose calls run one by one: for very many short lives. */
export function reusingHarnesses(): (request: HarnessRequest) => Promise<QueueAdapterHarness> {
  let made: Promise<string> | undefined;
  return async (request) => {
    made ??= makeSchema();
    const schema = await made;
    const name = quoteName(schema);
    await sharedPool().query(
      `DELETE FROM ${name}.jobs; DELETE FROM ${name}.job_counts; DELETE FROM ${name}.workers; DELETE FROM ${name}.shared`,
    );
    const calls = new CallsInFlight({ isOneByOne: true });
    return createHarness(schema, request, { calls, dispose: async () => undefined });
  };
}

/** An adapter on a schema that is there already, and virtual time; the schema goes with it. */
export function openHarnessOn(schema: string, request: HarnessRequest = {}): Promise<QueueAdapterHarness> {
  return createHarness(schema, request, {
    calls: new CallsInFlight(),
    dispose: () => dropSchema(sharedPool(), schema),
  });
}

/** A bare store on a schema of its own and virtual time. */
export async function createPostgresStoreHarness(): Promise<JobStoreHarness> {
  const schema = await makeSchema();
  const time = await VirtualServerTime.rule(sharedPool(), schema);
  const stores: PostgresJobStore[] = [];
  const open = (): PostgresJobStore => {
    const store = new PostgresJobStore({
      connection: sharedPool(),
      schema,
      maxConnections: 10,
      queryTimeout: PATIENT,
      enqueueTimeout: PATIENT,
      preparedStatements: true,
      maxJobs: 1000,
      finishedMaxAge: 86_400_000,
    });
    stores.push(store);
    return store;
  };
  const store = open();
  return {
    store,
    now: () => time.clock.now(),
    advance: (ms) => time.advance(ms, async () => undefined),
    inspect: (jobId) => readRaw(schema, jobId),
    connect: async () => open(),
    async close() {
      await Promise.all(stores.map((each) => each.close()));
      await dropSchema(sharedPool(), schema);
    },
  };
}
