import { findPostgres, POSTGRES_MISSING } from '../../../tools/services/postgres.ts';
import { REDIS_MISSING } from '../../../tools/services/redis.ts';
import { findProgram } from '../../../tools/services/server-process.ts';
import type { Backend } from '../harness/backends.ts';

/** Why the server of a backend cannot be started here, or `null`. */
export function reasonMissing(backend: Backend): string | null {
  if (backend === 'postgres' && findPostgres() === null) return POSTGRES_MISSING;
  if (backend === 'bullmq' && findProgram('redis-server', 'valkey-server') === null) return REDIS_MISSING;
  return null;
}
