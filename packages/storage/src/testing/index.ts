/**
 * Tests for your own storage adapter. They bring no test runner: hand in the `describe` and `it` of yours.
 *
 * ```ts
 * import { describe, it } from 'vitest';
 * import { storageAdapterConformance } from '@townkrier/storage/testing';
 * import { createMyHarness } from './harness.ts';
 *
 * storageAdapterConformance({ describe, it }, { name: 'MyStorageAdapter', create: createMyHarness, skip: {} });
 * ```
 *
 * A store for an audit log is checked by {@link auditLogConformance} in the same way.
 *
 * With fast-check, {@link storageModelConformance} plays random lives of a log on it and compares every answer with the plainest adapter there is.
 *
 * A harness is a fresh adapter over an empty backend, and a way to read the backend past the adapter. What each of its members must do stands at
 * {@link StorageAdapterHarness}. A bug you find in an adapter becomes a case of the suite first, and is fixed then.
 */

export type { SkippedCases, TestRunner } from '@townkrier/core/testing';
export type { AuditLogConformanceOptions } from './audit-log-conformance.ts';
export { auditLogConformance } from './audit-log-conformance.ts';
export type { AuditLogHarness } from './audit-log-harness.ts';
export type { RawLog, StorageAdapterHarness } from './harness.ts';
export type { FastCheckModule } from './log-history.ts';
export type { StorageAdapterConformanceOptions } from './storage-adapter-conformance.ts';
export { storageAdapterConformance } from './storage-adapter-conformance.ts';
export type { StorageModelOptions } from './storage-model-conformance.ts';
export { storageModelConformance } from './storage-model-conformance.ts';
