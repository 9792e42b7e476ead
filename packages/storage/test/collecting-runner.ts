import type { RunnableCase, TestRunner } from '@townkrier/core/testing';

/** A test runner that only collects, so that a suite can be run inside a test and its failures looked at. */
export class CollectingRunner implements TestRunner {
  readonly cases: RunnableCase[] = [];
  readonly skipped: string[] = [];

  readonly describe = (_name: string, body: () => void): void => body();

  readonly it = Object.assign(
    (name: string, run: () => Promise<void>): void => {
      this.cases.push({ name, run });
    },
    {
      skip: (name: string): void => {
        this.skipped.push(name);
      },
    },
  );

  /** Runs the collected cases one after the other. @returns the names of those that failed. */
  async failures(): Promise<string[]> {
    const failed: string[] = [];
    for (const { name, run } of this.cases) {
      await run().catch(() => failed.push(name));
    }
    return failed;
  }
}
