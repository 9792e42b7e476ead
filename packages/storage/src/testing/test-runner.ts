/**
 * The two functions of a test runner that the suites need: those of Vitest, `node:test`, Jest and Mocha all fit. The suites assert with
 * `node:assert/strict`, so they depend on no runner.
 */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: ((name: string, body: () => Promise<void>) => unknown) & {
    /** Shows a skipped case in the report; without it, the case is left out. */
    readonly skip?: (name: string, body: () => Promise<void>) => unknown;
  };
}

/** Cases an adapter cannot pass yet: the case's name, and the reason, with a link to where it was decided. */
export type SkippedCases = Readonly<Record<string, string>>;

/** A case of a suite, as the runner sees it. */
export interface RunnableCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

const SHORTEST_REASON = 10;

/** Hands the cases to the runner, each under its own name, and one more that checks the skips themselves. */
export function runCases(runner: TestRunner, cases: readonly RunnableCase[], skip: SkippedCases): void {
  const names = new Set(cases.map(({ name }) => name));
  runner.it('every skip names a case and gives a reason', async () => {
    const faults = Object.entries(skip).filter(
      ([name, reason]) => !names.has(name) || reason.trim().length < SHORTEST_REASON,
    );
    if (faults.length > 0)
      throw new Error(`Skips without such a case, or without a reason: ${JSON.stringify(faults)}`);
  });
  for (const { name, run } of cases) {
    const reason = skip[name];
    if (reason === undefined) runner.it(name, run);
    else runner.it.skip?.(`${name} (skipped: ${reason})`, run);
  }
}
