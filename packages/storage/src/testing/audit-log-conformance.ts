import { type RunnableCase, runCases, type SkippedCases, type TestRunner } from '@townkrier/core/testing';
import { auditAppendCases } from './audit-cases/append.ts';
import type { AuditLogCase } from './audit-cases/audit-log-case.ts';
import { auditListCases } from './audit-cases/list.ts';
import { auditVerifyCases } from './audit-cases/verify.ts';
import type { AuditLogHarness } from './audit-log-harness.ts';

/** What the suite must know about the store it tests. */
export interface AuditLogConformanceOptions {
  /** How the store is called in the report. */
  readonly name: string;
  /** Makes a fresh log over an empty backend; called once for each case. */
  readonly create: () => Promise<AuditLogHarness>;
  /** Cases to skip, each with its reason. A name that no case has fails the suite. */
  readonly skip?: SkippedCases;
}

/** Checks an `AuditStore` against every promise of its contract, through the log that is made of it, with the test runner of your choice. */
export function auditLogConformance(runner: TestRunner, options: AuditLogConformanceOptions): void {
  const { name, create, skip = {} } = options;
  const cases = [...auditAppendCases, ...auditListCases, ...auditVerifyCases].map(
    (each): RunnableCase => ({ name: each.name, run: () => runCase(each, create) }),
  );
  runner.describe(`${name} keeps the contract of an audit store`, () => runCases(runner, cases, skip));
}

/** Runs one case on a harness of its own, which is freed whatever happens. */
async function runCase(each: AuditLogCase, create: () => Promise<AuditLogHarness>): Promise<void> {
  const harness = await create();
  try {
    await each.run(harness);
  } finally {
    await harness.close();
  }
}
