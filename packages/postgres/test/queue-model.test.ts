import { queueModelConformance } from '@townkrier/queue/testing';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { reusingHarnesses } from './queue-harness.ts';
import { isServerMissing } from './test-server.ts';

describe.skipIf(isServerMissing)('on a real server', () => {
  queueModelConformance({ describe, it }, fc, { name: 'PostgresQueueAdapter', create: reusingHarnesses() });
});
