/**
 * The two functions of a test runner that a conformance suite needs: those of Vitest, `node:test`, Jest and Mocha fit. Suites assert with
 * `node:assert/strict`, so they depend on no runner.
 */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  /** `timeoutMs` is given where a test takes longer than runners usually wait; a runner may ignore it. */
  readonly it: ((name: string, body: () => Promise<void>, timeoutMs?: number) => unknown) & {
    /** Shows a skipped case in the report; without it the case is left out. */
    readonly skip?: (name: string, body: () => Promise<void>) => unknown;
  };
}

/** Cases to leave out: the case's name, and the reason. */
export type SkippedCases = Readonly<Record<string, string>>;

/** A case of a suite, as the runner sees it. */
export interface RunnableCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

const SHORTEST_REASON = 10;

/** Hands the cases to the runner, and one more that fails when a skip names no case or gives no reason. */
export function runCases(runner: TestRunner, cases: readonly RunnableCase[], skip: SkippedCases): void {
  runner.it('every skip names a case and gives a reason', async () => {
    const faults = findSkipFaults(
      skip,
      cases.map(({ name }) => name),
    );
    if (faults.length > 0) throw new Error(faults.join('\n'));
  });
  for (const { name, run } of cases) {
    const reason = skip[name];
    if (reason === undefined) runner.it(name, run);
    else runner.it.skip?.(`${name} (skipped: ${reason})`, run); // the author's reason, in what is reported
  }
}

function findSkipFaults(skip: SkippedCases, names: readonly string[]): string[] {
  return Object.entries(skip).flatMap(([name, reason]) => [
    ...(names.includes(name) ? [] : [`skip names no case of this suite: "${name}"`]),
    ...(reason.trim().length >= SHORTEST_REASON ? [] : [`skip of "${name}" needs a reason, got "${reason}"`]),
  ]);
}
