import { describe, it } from 'vitest';
import { AuditedQueueAdapter } from '../src/audit/audited-queue-adapter.ts';
import { queueAdapterConformance } from '../src/testing/index.ts';
import { createInMemoryHarness, IN_MEMORY_LACKS } from './in-memory-harness.ts';

queueAdapterConformance(
  { describe, it },
  {
    name: 'AuditedQueueAdapter',
    async create(request) {
      const harness = await createInMemoryHarness(request);
      const sink = { write: async () => undefined };
      return { ...harness, adapter: new AuditedQueueAdapter(harness.adapter, { sink }) };
    },
    lacks: IN_MEMORY_LACKS,
    skip: {},
  },
);
