import { storageModelConformance } from '@townkrier/storage/testing';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { reusingHarnesses } from './storage-harness.ts';
import { isServerMissing } from './test-server.ts';

describe.skipIf(isServerMissing)('on a real server', () => {
  storageModelConformance({ describe, it }, fc, {
    name: 'PostgresStorageAdapter',
    create: reusingHarnesses(),
    runs: 40,
  });
});
