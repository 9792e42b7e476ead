import { describe, it } from 'vitest';
import { jobStoreConformance } from '../src/testing/index.ts';
import { createInMemoryStoreHarness } from './in-memory-store-harness.ts';

jobStoreConformance(
  { describe, it },
  { name: 'InMemoryJobStore', create: async () => createInMemoryStoreHarness(), skip: {} },
);
