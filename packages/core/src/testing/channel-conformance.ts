import { channelCases } from './channel-cases.ts';
import type { ChannelHarness } from './channel-harness.ts';
import { type RunnableCase, runCases, type SkippedCases, type TestRunner } from './test-runner.ts';

/** What the suite must know about the channel it tests. */
export interface ChannelConformanceOptions {
  /** How the channel is called in the report. */
  readonly name: string;
  /** Makes a fresh channel with a fresh provider behind it; called once for each case. */
  readonly create: () => ChannelHarness | Promise<ChannelHarness>;
  /** Cases to leave out, each with its reason. A name that no case has fails the suite. */
  readonly skip?: SkippedCases;
}

/**
 * Checks a channel against every promise of the {@link Channel} contract, with the test runner of your choice.
 *
 * @example
 * channelConformance({ describe, it }, { name: 'my channel', create: createMyHarness });
 */
export function channelConformance(runner: TestRunner, options: ChannelConformanceOptions): void {
  const { name, create, skip = {} } = options;
  const cases = channelCases.map(
    (each): RunnableCase => ({
      name: each.name,
      async run() {
        const harness = await create();
        try {
          await each.run(harness);
        } finally {
          await harness.close();
        }
      },
    }),
  );
  runner.describe(`${name} keeps the contract of a channel`, () => runCases(runner, cases, skip));
}
