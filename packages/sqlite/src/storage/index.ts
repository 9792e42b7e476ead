export { SqliteError, SqliteErrorCode } from '../sqlite-errors.ts';
export type { SqliteFileOptions } from '../sqlite-options.ts';
export { SqliteStorageAdapter } from './sqlite-storage-adapter.ts';
export type { SqliteStorageAdapterOptions } from './sqlite-storage-options.ts';
