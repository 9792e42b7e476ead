import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

declare global {
  /** Reasons for skipped tests, gathered by the global setups. */
  var townkrierMissing: Set<string> | undefined;
}

/** Says what was skipped and why, and ends with one line that counts everything. In CI a skipped test is a failure. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    let passed = 0;
    let failed = errors.length;
    const skipped: string[] = [];
    for (const module of modules) {
      if (!module.ok() && module.children.size === 0) failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else skipped.push(`${module.project.name}: ${test.fullName}`);
      }
    }
    if (skipped.length > 0) reportSkipped(skipped);
    console.log(
      `\n${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`,
    );
    if (passed + failed === 0) process.exitCode = 1;
  }
}

function reportSkipped(skipped: readonly string[]): void {
  console.log(`\nNot run: ${skipped.length} test(s)`);
  for (const why of globalThis.townkrierMissing ?? []) console.log(`  because  ${why}`);
  for (const name of skipped) console.log(`  skipped  ${name}`);
  if (!process.env['CI']) return;
  console.log('CI must run every test: failing.');
  process.exitCode = 1;
}
