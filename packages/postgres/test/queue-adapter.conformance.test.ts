import { queueAdapterConformance } from '@townkrier/queue/testing';
import { describe, it } from 'vitest';
import { createPostgresHarness } from './queue-harness.ts';
import { isServerMissing } from './test-server.ts';

describe.skipIf(isServerMissing)('on a real server', () => {
  queueAdapterConformance(
    { describe, it },
    { name: 'PostgresQueueAdapter', create: createPostgresHarness, skip: {} },
  );
});
