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

/** Reads a job from the keys themselves, by BullMQ's layout, and only what BullMQ cannot tell from ours. */
export async function readRawJob({ redis, prefix, clock }: RawPlace, jobId: string): Promise<RawJob | null> {
  const entry = await redis.hget(`${prefix}:townkrier:index:jobs`, jobId);
  if (entry === null) return null;
  const base = `${prefix}:${entry.split(' ')[0]}:`;
  const hash = await redis.hgetall(base + jobId);
  if (hash['data'] === undefined) return null;
  const { uncounted = 0 } = JSON.parse(hash['tk:state'] ?? '{}');
  const attempts = Number(hash['ats'] ?? 0) - uncounted;
  return { status: await rawStatus(redis, { base, jobId, now: clock.now() }), attempts };
}

async function rawStatus(
  redis: Redis,
  { base, jobId, now }: { readonly base: string; readonly jobId: string; readonly now: number },
): Promise<JobStatus> {
  const isIn = async (list: string) => (await redis.zscore(base + list, jobId)) !== null;
  if (await isIn('completed')) return 'completed';
  if (await isIn('failed')) return (await isIn('townkrier:cancelled')) ? 'cancelled' : 'failed';
  if ((await redis.lpos(`${base}active`, jobId)) !== null) return 'processing';
  const delayed = await redis.zscore(`${base}delayed`, jobId);
  if (delayed === null || Math.floor(Number(delayed) / 4096) <= now) return 'pending';
  return (await isIn('townkrier:retrying')) ? 'retrying' : 'scheduled';
}
