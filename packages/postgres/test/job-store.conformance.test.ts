import { jobStoreConformance } from '@townkrier/queue/testing';
import { describe, it } from 'vitest';
import { createPostgresStoreHarness } from './queue-harness.ts';
import { isServerMissing } from './test-server.ts';

describe.skipIf(isServerMissing)('on a real server', () => {
  jobStoreConformance(
    { describe, it },
    { name: 'PostgresJobStore', create: createPostgresStoreHarness, isShared: true, skip: {} },
  );
});
