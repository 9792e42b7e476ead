import { describe, it } from 'vitest';
import { queueAdapterConformance } from '../src/testing/index.ts';
import { createInMemoryHarness, IN_MEMORY_LACKS } from './in-memory-harness.ts';

queueAdapterConformance(
  { describe, it },
  { name: 'InMemoryQueueAdapter', create: createInMemoryHarness, lacks: IN_MEMORY_LACKS, skip: {} },
);
