import { queueAdapterConformance } from '@townkrier/queue/testing';
import { describe, it } from 'vitest';
import { createSqliteHarness } from './queue-harness.ts';

queueAdapterConformance(
  { describe, it },
  { name: 'SqliteQueueAdapter', create: createSqliteHarness, skip: {} },
);
