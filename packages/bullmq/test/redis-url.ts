import { describe, inject } from 'vitest';

/** Where the Redis of these tests listens, or `null`: then they are skipped, and the closing lines say why. */
const redisUrl = inject('redisUrl');

/** `describe`, where there is a Redis. */
export function describeWithRedis(name: string, define: () => void): void {
  describe.skipIf(redisUrl === null)(name, define);
}

/** @throws when there is none; only inside tests that are skipped then. */
export function requireRedisUrl(): string {
  if (redisUrl === null) throw new Error('There is no Redis.');
  return redisUrl;
}
