export type { PostgresClient, PostgresPool, PostgresQueryable } from '../postgres-connection.ts';
export { PostgresError, PostgresErrorCode } from '../postgres-errors.ts';
export type { PostgresOptions } from '../postgres-options.ts';
export { PostgresAuditStore } from './postgres-audit-store.ts';
export { PostgresStorageAdapter, type PostgresStorageAdapterOptions } from './postgres-storage-adapter.ts';
