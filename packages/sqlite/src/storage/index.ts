export { SqliteError, SqliteErrorCode } from '../sqlite-errors.ts';
export type { SqliteFileOptions } from '../sqlite-options.ts';
export { SqliteStorageAdapter, type SqliteStorageAdapterOptions } from './sqlite-storage-adapter.ts';
