import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { VirtualClock } from '@townkrier/core/testing';
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
import { SqliteJobStore } from '../src/queue/sqlite-job-store.ts';
import { SqliteQueueAdapter } from '../src/queue/sqlite-queue-adapter.ts';
import { temporaryFile } from './temporary-file.ts';

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

/** The adapter with its store in reach. */
class OpenAdapter extends SqliteQueueAdapter {
  get openStore(): JobStore {
    return this.store;
  }
}

/** A second connection of the test's own. */
function openRaw(file: string): DatabaseSync {
  const raw = new DatabaseSync(file);
  raw.exec('PRAGMA busy_timeout = 5000');
  return raw;
}

function readRaw(raw: DatabaseSync, jobId: string): RawJob | null {
  const row = raw.prepare('SELECT status, attempts FROM townkrier_jobs WHERE id = ?').get(jobId);
  if (row === undefined) return null;
  return { status: String(row['status']) as JobStatus, attempts: Number(row['attempts']) };
}

function beginOn(file: string, opened: (() => void)[]): OpenTransaction {
  const handle = openRaw(file);
  handle.exec('BEGIN IMMEDIATE');
  let isOpen = true;
  const end = async (sql: string): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    handle.exec(sql);
    handle.close();
  };
  opened.push(() => void end('ROLLBACK'));
  return { handle, commit: () => end('COMMIT'), rollback: () => end('ROLLBACK') };
}

/** An adapter on a file of its own and a virtual clock, which all adapters of the harness share. */
export async function createSqliteHarness(request: HarnessRequest = {}): Promise<QueueAdapterHarness> {
  const clock = new VirtualClock();
  const { file, remove } = temporaryFile();
  const stalls: WorkerStall[] = [];
  const adapters: SqliteQueueAdapter[] = [];
  const opened: (() => void)[] = [];
  const open = (): SqliteQueueAdapter => {
    const adapter = new OpenAdapter({
      file,
      durability: 'normal',
      clock,
      leaseMs: LEASE_MS,
      heartbeatMs: HEARTBEAT_MS,
      shutdownTimeout: SHUTDOWN_TIMEOUT_MS,
      maxCrashes: MAX_CRASHES,
      pollInterval: NEVER,
      maxJobs: request.capacity,
      onListenerError: () => undefined,
      onError: () => undefined,
    });
    stalls.push(new WorkerStall(adapter.openStore));
    adapters.push(adapter);
    return adapter;
  };
  const adapter = open();
  const raw = openRaw(file);
  const stallWorkers = async (): Promise<void> => {
    for (const stall of stalls) stall.stallAll();
  };
  return {
    adapter,
    limits: LIMITS,
    now: () => clock.now(),
    async advance(ms) {
      await clock.advance(ms);
      // The operating system tells other connections of a commit when it gets round to it.
      if (adapters.length > 1 || opened.length > 0) await wait(2);
    },
    inspect: async (jobId) => readRaw(raw, jobId),
    stallWorkers,
    connect: async () => open(),
    async restart() {
      await stallWorkers();
      return open();
    },
    begin: async () => beginOn(file, opened),
    async close() {
      for (const undo of opened) undo();
      for (const stall of stalls) stall.release();
      await Promise.all(adapters.map((each) => each.close()));
      raw.close();
      remove();
    },
  };
}

/** A bare store on a file of its own and a virtual clock. */
export async function createSqliteStoreHarness(): Promise<JobStoreHarness> {
  const clock = new VirtualClock();
  const { file, remove } = temporaryFile();
  const stores: SqliteJobStore[] = [];
  const open = (): SqliteJobStore => {
    const store = new SqliteJobStore({
      file,
      durability: 'normal',
      busyTimeout: 5000,
      clock,
      maxJobs: 1000,
      finishedMaxAge: 86_400_000,
    });
    stores.push(store);
    return store;
  };
  const store = open();
  const raw = openRaw(file);
  return {
    store,
    now: () => clock.now(),
    async advance(ms) {
      await clock.advance(ms);
      // The operating system tells other connections of a commit when it gets round to it.
      if (stores.length > 1) await wait(2);
    },
    inspect: async (jobId) => readRaw(raw, jobId),
    connect: async () => open(),
    async close() {
      await Promise.all(stores.map((each) => each.close()));
      raw.close();
      remove();
    },
  };
}
