import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineJob, type QueueAdapter, Schedules } from '@townkrier/queue';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
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
import type { ScheduleSettings } from '../harness/schedule-program.ts';
import { until } from '../harness/until.ts';
import { reasonMissing } from './missing-servers.ts';

const SECOND = 1_000;
const SLOTS = 6;
const tick = defineJob({ name: 'tick', payload: z.object({}) });

/** A queue with a schedule that fires every second, and the processes that watch it. */
class WatchedSchedule {
  readonly adapter: QueueAdapter;
  readonly #folder: string;
  readonly #address: QueueAddress;
  readonly #firstAt: number;
  readonly #programs: ChildProgram[] = [];

  private constructor(folder: string, address: QueueAddress, adapter: QueueAdapter, firstAt: number) {
    this.#folder = folder;
    this.#address = address;
    this.adapter = adapter;
    this.#firstAt = firstAt;
  }

  static async open(backend: Backend, server: BackendServer | null): Promise<WatchedSchedule> {
    const folder = await mkdtemp(join(tmpdir(), 'townkrier-schedules-'));
    const address = freshAddress(backend, folder, server?.url);
    const { adapter } = await openQueue(address);
    const { nextAt } = await new Schedules(adapter).set({
      name: 'tick',
      job: tick,
      payload: {},
      every: SECOND,
      missed: 'all',
    });
    return new WatchedSchedule(folder, address, adapter, nextAt?.getTime() ?? 0);
  }

  watch(settings: Omit<ScheduleSettings, 'queue'> = {}): ChildProgram {
    const all: ScheduleSettings = { queue: this.#address, ...settings };
    const program = startProgram('./schedule-program.ts', all, join(this.#folder, 'watch.log'));
    this.#programs.push(program);
    return program;
  }

  /** The first slots for which there are jobs, counted from 0, once all of them are over. */
  async firstSlots(): Promise<number[]> {
    const seen = await until('slots fire', async () => {
      const slots = await this.#slots();
      return (slots.at(-1) ?? 0) > SLOTS && slots;
    });
    return seen.filter((slot) => slot < SLOTS);
  }

  async close(): Promise<void> {
    for (const { process } of this.#programs) process.kill('SIGKILL');
    await Promise.all(this.#programs.map(({ exited }) => exited));
    await this.adapter.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #slots(): Promise<number[]> {
    const { jobs } = await this.adapter.findJobs({ limit: 1_000 });
    return jobs
      .map(({ metadata }) => (Date.parse(String(metadata['slotAt'])) - this.#firstAt) / SECOND)
      .sort((a, b) => a - b);
  }
}

describe.each(BACKENDS)('a schedule on %s', (backend) => {
  const reason = reasonMissing(backend);
  describe.skipIf(reason !== null)(reason ?? 'of a real server or file', () => {
    let server: BackendServer | null = null;
    let schedule: WatchedSchedule;
    beforeAll(async () => {
      server = await startServerOf(backend);
    });
    afterAll(async () => {
      await server?.stop();
    });
    beforeEach(async () => {
      schedule = await WatchedSchedule.open(backend, server);
    });
    afterEach(async () => {
      await schedule.close();
    });

    it('adds one job a slot, though two watch it and others died while they fired', async () => {
      expect((await schedule.watch({ failAt: 'add:after' }).exited).signal).toBe('SIGKILL');
      expect((await schedule.watch({ failAt: 'add:before' }).exited).signal).toBe('SIGKILL');
      schedule.watch();
      schedule.watch();
      expect(await schedule.firstSlots()).toEqual(Array.from({ length: SLOTS }, (_, slot) => slot));
    });

    // One backend shows what the check finds.
    if (backend !== 'sqlite') return;
    it('would be seen to add two, were their ids not to follow from the slot', async () => {
      const dying = schedule.watch({ failAt: 'add:after', fault: 'forgets ids' });
      expect((await dying.exited).signal).toBe('SIGKILL');
      schedule.watch({ fault: 'forgets ids' });
      expect((await schedule.firstSlots()).length).toBeGreaterThan(SLOTS);
    });
  });
});
