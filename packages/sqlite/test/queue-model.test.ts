import { queueModelConformance } from '@townkrier/queue/testing';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { createSqliteHarness } from './queue-harness.ts';

queueModelConformance({ describe, it }, fc, { name: 'SqliteQueueAdapter', create: createSqliteHarness });
