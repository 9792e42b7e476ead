export type { PostgresClient, PostgresPool, PostgresQueryable } from '../postgres-connection.ts';
export { PostgresError, PostgresErrorCode } from '../postgres-errors.ts';
export type { PostgresOptions } from '../postgres-options.ts';
export { PostgresQueueAdapter, type PostgresQueueAdapterOptions } from './postgres-queue-adapter.ts';
