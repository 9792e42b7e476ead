import type { RunnableCase, TestRunner } from '@townkrier/core/testing';

/** Milliseconds after which a case counts as hung. */
const PATIENCE_MS = 5000;

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

  /** Runs the collected cases one after the other. @returns the names of those that failed, with why. */
  async failures(): Promise<Map<string, unknown>> {
    const failures = new Map<string, unknown>();
    for (const { name, run } of this.cases) {
      const error = await failureOf(run);
      if (error !== undefined) failures.set(name, error);
    }
    return failures;
  }
}

/** Why a case failed; `undefined` when it did not. */
async function failureOf(run: () => Promise<void>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<Error>((resolve) => {
    timer = setTimeout(() => resolve(new Error('the case hung')), PATIENCE_MS);
  });
  const failed = run().then(
    () => undefined,
    (error: unknown) => error ?? new Error('the case failed with nothing'),
  );
  const outcome = await Promise.race([failed, hung]);
  clearTimeout(timer);
  return outcome;
}
