import { jobStoreConformance } from '@townkrier/queue/testing';
import { describe, it } from 'vitest';
import { createSqliteStoreHarness } from './queue-harness.ts';

jobStoreConformance(
  { describe, it },
  { name: 'SqliteJobStore', create: createSqliteStoreHarness, isShared: true, skip: {} },
);
