export { SqliteError, SqliteErrorCode } from '../sqlite-errors.ts';
export type { SqliteFileOptions } from '../sqlite-options.ts';
export type { SqliteHandle } from './join-transaction.ts';
export { SqliteQueueAdapter, type SqliteQueueAdapterOptions } from './sqlite-queue-adapter.ts';
