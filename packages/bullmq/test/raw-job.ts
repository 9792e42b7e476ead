import type { Clock } from '@townkrier/core';
import type { JobStatus } from '@townkrier/queue';
import type { RawJob } from '@townkrier/queue/testing';
import type { Redis } from 'ioredis';

/** Where raw jobs are read. */
export interface RawPlace {
  readonly redis: Redis;
  readonly prefix: string;
  readonly clock: Clock;
}

/** Everything that says where a job stands, at one moment: a job may move between two commands. */
const SNAPSHOT = `
local queue = string.match(redis.call('HGET', KEYS[1] .. ':townkrier:index:jobs', ARGV[1]) or '', '^%S+')
if not queue then return false end
local base, id = KEYS[1] .. ':' .. queue .. ':', ARGV[1]
local found = { redis.call('HGET', base .. id, 'ats') or '0', redis.call('HGET', base .. id, 'tk:state') or '{}' }
for _, set in ipairs({ 'completed', 'failed', 'delayed', 'townkrier:cancelled', 'townkrier:retrying' }) do
  found[#found + 1] = redis.call('ZSCORE', base .. set, id) or ''
end
found[#found + 1] = redis.call('LPOS', base .. 'active', id) and 'active' or ''
return redis.call('EXISTS', base .. id) == 1 and found
`;

/** Reads a job from the keys themselves: by BullMQ's layout, and by ours only what BullMQ does not tell apart. */
export async function readRawJob({ redis, prefix, clock }: RawPlace, jobId: string): Promise<RawJob | null> {
  const found = await redis.eval(SNAPSHOT, 1, prefix, jobId);
  if (!Array.isArray(found)) return null;
  const [starts, state, completed, failed, delayed, cancelled, retrying, active] = found.map(String);
  const { uncounted = 0 } = JSON.parse(state ?? '{}');
  const toStatus = (): JobStatus => {
    if (completed) return 'completed';
    if (failed) return cancelled ? 'cancelled' : 'failed';
    if (active) return 'processing';
    const isLater = delayed && Math.floor(Number(delayed) / 4096) > clock.now();
    if (!isLater) return 'pending';
    return retrying ? 'retrying' : 'scheduled';
  };
  return { status: toStatus(), attempts: Number(starts) - uncounted };
}
