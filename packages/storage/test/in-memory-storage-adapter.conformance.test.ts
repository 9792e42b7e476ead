import { describe, it } from 'vitest';
import { storageAdapterConformance } from '../src/testing/index.ts';
import { createInMemoryHarness } from './in-memory-harness.ts';

storageAdapterConformance(
  { describe, it },
  { name: 'InMemoryStorageAdapter', create: createInMemoryHarness, durability: 'process', skip: {} },
);
