export { SqliteError, SqliteErrorCode } from '../sqlite-errors.ts';
export type { SqliteFileOptions } from '../sqlite-options.ts';
export { SqliteAuditStore } from './sqlite-audit-store.ts';
export { SqliteStorageAdapter, type SqliteStorageAdapterOptions } from './sqlite-storage-adapter.ts';
