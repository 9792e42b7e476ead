import fc from 'fast-check';
import { describe, it } from 'vitest';
import { storageModelConformance } from '../src/testing/index.ts';
import { createInMemoryHarness } from './in-memory-harness.ts';

storageModelConformance({ describe, it }, fc, {
  name: 'InMemoryStorageAdapter',
  create: createInMemoryHarness,
});
