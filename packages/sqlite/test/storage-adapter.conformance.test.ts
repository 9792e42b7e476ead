import { storageAdapterConformance } from '@townkrier/storage/testing';
import { describe, it } from 'vitest';
import { createStorageHarness } from './storage-harness.ts';

storageAdapterConformance(
  { describe, it },
  { name: 'SqliteStorageAdapter', create: () => createStorageHarness(), skip: {} },
);
