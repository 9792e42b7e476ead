import type { Backend } from '../harness/backends.ts';
import {
  type Disk,
  limitedMemory,
  limitedPages,
  smallFileSystem,
  smallTablespace,
} from '../harness/disks.ts';
import { defineScenario, type Outcome, type Place, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';
import { until } from '../harness/until.ts';

const JOBS_A_TRY = 100;

interface FullDisk {
  readonly name: string;
  readonly backend: Backend;
  /** What an enqueue is refused with. */
  readonly code: string;
  readonly isForCi: boolean;
  open(): Promise<Disk>;
}

const FULL_DISKS: readonly FullDisk[] = [
  {
    name: 'file at its page limit',
    backend: 'sqlite',
    code: 'SQLITE_FULL',
    isForCi: true,
    open: limitedPages,
  },
  { name: 'file system full', backend: 'sqlite', code: 'SQLITE_FULL', isForCi: false, open: smallFileSystem },
  {
    name: 'tablespace full',
    backend: 'postgres',
    code: 'QUEUE_UNAVAILABLE',
    isForCi: false,
    open: smallTablespace,
  },
  {
    name: 'memory at its limit',
    backend: 'bullmq',
    code: 'QUEUE_UNAVAILABLE',
    isForCi: true,
    open: limitedMemory,
  },
];

/**
 * Row 13: again and again there is no room for more, while jobs are enqueued and worked off. What cannot be stored is refused by name; what was
 * acknowledged is there; with room again, all goes on without a restart.
 */
export const diskFull = FULL_DISKS.map((fullDisk) =>
  defineScenario<{ readonly cycles: number }>({
    row: 13,
    name: fullDisk.name,
    backends: [fullDisk.backend],
    sizes: { ...(fullDisk.isForCi && { ci: { cycles: 2 } }), full: { cycles: 10 } },
    run: (place, { cycles }) => runOutOfRoom(place, fullDisk, cycles),
  }),
);

async function runOutOfRoom(
  { backend, seed }: Place,
  { open, code }: FullDisk,
  cycles: number,
): Promise<Outcome> {
  const disk = await open();
  try {
    await using trial = await Trial.open({ ...disk, backend, seed });
    trial.startWorker();
    for (let cycle = 0; cycle < cycles; cycle++) {
      await trial.produce(JOBS_A_TRY, { from: trial.nextNumber() });
      await disk.fill();
      await until('an enqueue is refused', () => isRefused(trial));
      await disk.free();
      await until('an enqueue is accepted', async () => !(await isRefused(trial)));
    }
    await trial.drained();
    const others = [...trial.record().refused.keys()].filter((other) => other !== code);
    return toOutcome([cycles, 'times full'], await trial.check(), {
      broken: others.length === 0 ? [] : [`refused with ${others.join(', ')}`],
    });
  } finally {
    await disk.close();
  }
}

/** Enqueues some, and tells whether any was refused. */
async function isRefused(trial: Trial): Promise<boolean> {
  const count = (): number => [...trial.record().refused.values()].reduce((sum, one) => sum + one, 0);
  const before = count();
  await trial.produce(JOBS_A_TRY, { from: trial.nextNumber() });
  return count() > before;
}
