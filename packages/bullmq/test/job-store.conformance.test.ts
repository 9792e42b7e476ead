import { jobStoreConformance } from '@townkrier/queue/testing';
import { it } from 'vitest';
import { createBullMqStoreHarness } from './queue-harness.ts';
import { describeWithRedis, requireRedisUrl } from './redis-url.ts';

jobStoreConformance(
  { describe: describeWithRedis, it },
  {
    name: 'BullMqJobStore',
    create: () => createBullMqStoreHarness(requireRedisUrl()),
    isShared: true,
    lacks: ['aging', 'fairness'],
    skip: {},
  },
);
