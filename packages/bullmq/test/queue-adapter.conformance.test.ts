import { queueAdapterConformance } from '@townkrier/queue/testing';
import { it } from 'vitest';
import { BULLMQ_LACKS, createBullMqHarness } from './queue-harness.ts';
import { describeWithRedis, requireRedisUrl } from './redis-url.ts';

queueAdapterConformance(
  { describe: describeWithRedis, it: (name, run) => it(name, run, 20_000) },
  {
    name: 'BullMqQueueAdapter',
    create: (request) => createBullMqHarness(requireRedisUrl(), request),
    lacks: BULLMQ_LACKS,
    skip: {},
  },
);
