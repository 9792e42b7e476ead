/**
 * The two functions of a test runner that the suites need: those of Vitest, `node:test`, Jest or Mocha all fit. The suites assert with
 * `node:assert/strict`, so they depend on no runner.
 */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  /** `timeoutMs` is given where a test takes longer than runners usually wait; a runner may ignore it. */
  readonly it: ((name: string, body: () => Promise<void>, timeoutMs?: number) => unknown) & {
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

/** What is wrong with a list of skips: a name that no case has, or a reason that says nothing. Empty when all is well. */
function findSkipFaults(skip: SkippedCases, names: readonly string[]): string[] {
  const faults: string[] = [];
  for (const [name, reason] of Object.entries(skip)) {
    if (!names.includes(name)) faults.push(`skip names no case of this suite: "${name}"`);
    if (reason.trim().length < 10) faults.push(`skip of "${name}" needs a reason, got "${reason}"`);
  }
  return faults;
}

/** Hands the cases to the runner, each under its own name, and one more that checks the skips themselves. */
export function runCases(runner: TestRunner, cases: readonly RunnableCase[], skip: SkippedCases): void {
  const names = cases.map(({ name }) => name);
  runner.it('every skip names a case and gives a reason', async () => {
    const faults = findSkipFaults(skip, names);
    if (faults.length > 0) throw new Error(faults.join('\n'));
  });
  for (const { name, run } of cases) {
    const reason = skip[name];
    if (reason === undefined) runner.it(name, run);
    else runner.it.skip?.(`${name} (skipped: ${reason})`, run);
  }
}
