import { storageAdapterConformance } from '@townkrier/storage/testing';
import { describe, it } from 'vitest';
import { createStorageHarness } from './storage-harness.ts';
import { isServerMissing } from './test-server.ts';

describe.skipIf(isServerMissing)('on a real server', () => {
  storageAdapterConformance(
    { describe, it },
    { name: 'PostgresStorageAdapter', create: () => createStorageHarness(), skip: {} },
  );
});
