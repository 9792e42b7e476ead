import { queueModelConformance } from '@townkrier/queue/testing';
import fc from 'fast-check';
import { it } from 'vitest';
import { BULLMQ_LACKS, createBullMqHarness } from './queue-harness.ts';
import { describeWithRedis, requireRedisUrl } from './redis-url.ts';

queueModelConformance({ describe: describeWithRedis, it }, fc, {
  name: 'BullMqQueueAdapter',
  create: (request) => createBullMqHarness(requireRedisUrl(), request),
  lacks: BULLMQ_LACKS,
});
