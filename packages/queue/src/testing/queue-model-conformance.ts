import type { TestRunner } from '@townkrier/core/testing';
import { CaseContext } from './case-context.ts';
import type { QueueAdapterConformanceOptions } from './queue-adapter-conformance.ts';
import { type FastCheckModule, type QueueCommand, queueCommands } from './queue-command.ts';
import { QueueModelRun } from './queue-model-run.ts';

/** How long a model test looks for a difference. */
export interface QueueModelOptions extends Pick<QueueAdapterConformanceOptions, 'name' | 'create' | 'lacks'> {
  /** Sequences of commands to play. @default 500 */
  readonly runs?: number;
  /** Plays the sequences of an earlier run again: the seed it printed when it failed. */
  readonly seed?: number;
}

/** Milliseconds a runner shall wait for all runs. On an idle machine 500 in memory take three seconds. */
const TIMEOUT_MS = 120_000;

/** Plays one sequence of commands on a fresh adapter. Throws at the first difference from the model. */
export async function playQueueCommands(
  create: QueueModelOptions['create'],
  commands: readonly QueueCommand[],
): Promise<void> {
  const context = new CaseContext(await create({}));
  try {
    await new QueueModelRun(context).play(commands);
  } finally {
    await context.end();
  }
}

/**
 * Plays random sequences of commands (add, start, end, crash, restart, cancel, retry, delete, time) on an adapter and on a model of the
 * contract, and compares the two after every command. A sequence that fails is made as short as possible and printed with its seed.
 */
export function queueModelConformance(
  runner: TestRunner,
  fc: FastCheckModule,
  options: QueueModelOptions,
): void {
  const { name, create, lacks = [], runs = 500, seed } = options;
  runner.describe(`${name} behaves as the model of a queue`, () => {
    const play = async () => {
      const property = fc.asyncProperty(queueCommands(fc, lacks), (commands) =>
        playQueueCommands(create, commands),
      );
      await fc.assert(property, { numRuns: runs, ...(seed !== undefined && { seed }) });
    };
    runner.it(`${runs} random lives of a queue`, play, TIMEOUT_MS);
  });
}
