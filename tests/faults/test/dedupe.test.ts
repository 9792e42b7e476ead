import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueueAdapter } from '@townkrier/queue';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  BACKENDS,
  type Backend,
  type BackendServer,
  freshAddress,
  openQueue,
  type QueueAddress,
  startServerOf,
} from '../harness/backends.ts';
import { type ChildProgram, startProgram } from '../harness/child-program.ts';
import type { DedupeReport, DedupeSettings } from './dedupe-program.ts';
import { reasonMissing } from './missing-servers.ts';

const PROCESSES = 4;
const AN_HOUR = 3_600_000;
const window = { dedupe: { key: 'digest', window: AN_HOUR } };
const debounce = { dedupe: { key: 'digest', debounce: AN_HOUR } };

/** A queue, and the processes that add to it. */
class SharedQueue {
  readonly adapter: QueueAdapter;
  readonly #folder: string;
  readonly #address: QueueAddress;
  readonly #programs: ChildProgram[] = [];

  private constructor(folder: string, address: QueueAddress, adapter: QueueAdapter) {
    this.#folder = folder;
    this.#address = address;
    this.adapter = adapter;
  }

  static async open(backend: Backend, server: BackendServer | null): Promise<SharedQueue> {
    const folder = await mkdtemp(join(tmpdir(), 'townkrier-dedupe-'));
    const address = freshAddress(backend, folder, server?.url);
    const { adapter } = await openQueue(address);
    await adapter.getStats();
    return new SharedQueue(folder, address, adapter);
  }

  /** Lets several processes add at once. @returns how often an add came to what, in all of them. */
  async addAtOnce(settings: Omit<DedupeSettings, 'queue'>): Promise<DedupeReport> {
    const programs = Array.from({ length: PROCESSES }, () => this.#start(settings));
    await Promise.all(programs.map(({ ready }) => ready));
    const reports = programs.map(reportOf);
    for (const { process } of programs) process.send('go');
    return (await Promise.all(reports)).reduce(sumOf);
  }

  /** Lets a process add that dies meanwhile. */
  async addAndDie(settings: Pick<DedupeSettings, 'options' | 'failAt'>): Promise<void> {
    const program = this.#start({ adds: 1, ...settings });
    await program.ready;
    program.process.send('go');
    expect((await program.exited).signal).toBe('SIGKILL');
  }

  async close(): Promise<void> {
    for (const { process } of this.#programs) process.kill('SIGKILL');
    await Promise.all(this.#programs.map(({ exited }) => exited));
    await this.adapter.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #start(settings: Omit<DedupeSettings, 'queue'>): ChildProgram {
    const all: DedupeSettings = { queue: this.#address, ...settings };
    const program = startProgram('../test/dedupe-program.ts', all, join(this.#folder, 'adds.log'));
    this.#programs.push(program);
    return program;
  }
}

/** What a program says after it was ready. */
function reportOf({ process, exited }: ChildProgram): Promise<DedupeReport> {
  return new Promise((resolve, reject) => {
    process.once('message', (report: DedupeReport) => resolve(report));
    void exited.then(({ code, signal }) =>
      reject(new Error(`it ended without a report (${signal ?? code})`)),
    );
  });
}

function sumOf(one: DedupeReport, other: DedupeReport): DedupeReport {
  return {
    added: one.added + other.added,
    exists: one.exists + other.exists,
    replaced: one.replaced + other.replaced,
  };
}

describe.each(BACKENDS)('adds of four processes on %s', (backend) => {
  const reason = reasonMissing(backend);
  describe.skipIf(reason !== null)(reason ?? 'of a real server or file', () => {
    let server: BackendServer | null = null;
    let queue: SharedQueue;
    beforeAll(async () => {
      server = await startServerOf(backend);
    });
    afterAll(async () => {
      await server?.stop();
    });
    beforeEach(async () => {
      queue = await SharedQueue.open(backend, server);
    });
    afterEach(async () => {
      await queue.close();
    });

    it.each([
      ['a window', window],
      ['an idempotencyKey', { idempotencyKey: 'order-1' }],
    ])('with %s: 1,000 at once are one job, which one of them is told', async (_, options) => {
      const report = await queue.addAtOnce({ adds: 1_000 / PROCESSES, options });
      expect(report).toEqual({ added: 1, exists: 999, replaced: 0 });
      expect((await queue.adapter.findJobs({})).total).toBe(1);
    });

    it('within a window: none is lost with a process that began it and died before its job was stored', async () => {
      await queue.addAndDie({ options: window, failAt: 'add:before' });
      expect((await queue.adapter.findJobs({})).total).toBe(0);
      expect(await queue.addAtOnce({ adds: 10, options: window })).toMatchObject({ added: 1, exists: 39 });
      expect((await queue.adapter.findJobs({})).total).toBe(1);
    });

    it('within a window: none is added after a process that died when its job was stored', async () => {
      await queue.addAndDie({ options: window, failAt: 'add:after' });
      expect(await queue.addAtOnce({ adds: 10, options: window })).toMatchObject({ added: 0, exists: 40 });
      expect((await queue.adapter.findJobs({})).total).toBe(1);
    });

    it('to a debounced job: one waits in the end, also when some died', async () => {
      await queue.addAndDie({ options: debounce, failAt: 'add:after' });
      await queue.addAndDie({ options: debounce, failAt: 'add:before' });
      await queue.addAtOnce({ adds: 25, options: debounce });
      const { jobs, total } = await queue.adapter.findJobs({});
      expect([total, jobs[0]?.status]).toEqual([1, 'scheduled']);
      // That of the process that died may yet have been stored, for all the others know: it stays named.
      const [entry] = (await queue.adapter.shared?.list('dedupe:')) ?? [];
      expect(entry?.value).toMatchObject({ ids: [expect.any(String), jobs[0]?.id] });
    });

    // One backend shows what the check finds.
    if (backend !== 'sqlite') return;
    it('would be seen to be many, were the window not to give them one key', async () => {
      const report = await queue.addAtOnce({ adds: 10, options: window, fault: 'forgets keys' });
      expect(report.added).toBe(40);
    });
  });
});
