/**
 * A queue for the tests of your app ({@link createTestQueue}), and tests for a queue adapter or job store of your own.
 *
 * Tests for your own queue adapter or job store. They bring no test runner: hand in the `describe` and `it` of yours.
 *
 * 1. Write a harness: a fresh adapter over an empty backend, a clock that can be moved, and a way to read the backend past the adapter. What
 *    each of its members must do stands at {@link QueueAdapterHarness}.
 * 2. Run the suite, and the model if you have fast-check:
 *
 * ```ts
 * import fc from 'fast-check';
 * import { describe, it } from 'vitest';
 * import { queueAdapterConformance, queueModelConformance } from '@townkrier/queue/testing';
 * import { createMyHarness } from './harness.ts';
 *
 * const options = { name: 'MyQueueAdapter', create: createMyHarness, lacks: ['isShared'] } as const;
 *
 * queueAdapterConformance({ describe, it }, { ...options, skip: {} });
 * queueModelConformance({ describe, it }, fc, options);
 * ```
 *
 * `lacks` names what the adapter cannot do. Cases that need it are left out, and cases that expect a refusal come in their place. `skip` is for
 * what it should do and does not yet: `{ 'name of the case': 'the reason, with a link' }`.
 *
 * A `JobStore` is checked by {@link jobStoreConformance} in the same way, before the adapter made of it.
 *
 * A bug you find in an adapter becomes a case of the suite first, and is fixed then.
 */

export type { SkippedCases, TestRunner } from '@townkrier/core/testing';
export { CaseContext, type ProbedWorker } from './case-context.ts';
export { HandlerProbe, ProbedStart } from './handler-probe.ts';
export {
  type AdapterFeature,
  type HarnessLimits,
  type HarnessRequest,
  NARROWING_FILTERS,
  type NarrowingFilter,
  type OpenTransaction,
  type QueueAdapterHarness,
  type RawJob,
} from './harness.ts';
export type { StoreFeature } from './job-store-case.ts';
export { type JobStoreConformanceOptions, jobStoreConformance } from './job-store-conformance.ts';
export type { JobStoreHarness } from './job-store-harness.ts';
export { type QueueAdapterConformanceOptions, queueAdapterConformance } from './queue-adapter-conformance.ts';
export { type FastCheckModule, type QueueCommand, queueCommands } from './queue-command.ts';
export {
  playQueueCommands,
  type QueueModelOptions,
  queueModelConformance,
} from './queue-model-conformance.ts';
export { createTestQueue, type DrainReport, TestQueue, type TestQueueOptions } from './test-queue.ts';
export { WorkerStall } from './worker-stall.ts';
