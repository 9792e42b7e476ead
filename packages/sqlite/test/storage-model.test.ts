import { storageModelConformance } from '@townkrier/storage/testing';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { createStorageHarness } from './storage-harness.ts';

storageModelConformance({ describe, it }, fc, {
  name: 'SqliteStorageAdapter',
  create: () => createStorageHarness(),
});
