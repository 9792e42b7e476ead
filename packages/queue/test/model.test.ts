import fc from 'fast-check';
import { describe, it } from 'vitest';
import { queueModelConformance } from '../src/testing/index.ts';
import { createInMemoryHarness, IN_MEMORY_LACKS } from './in-memory-harness.ts';

queueModelConformance({ describe, it }, fc, {
  name: 'InMemoryQueueAdapter',
  create: createInMemoryHarness,
  lacks: IN_MEMORY_LACKS,
});
