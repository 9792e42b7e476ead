import type { BrokenAdapter } from './broken-adapter.ts';
import { brokenAdding } from './broken-adding.ts';
import { brokenClaiming } from './broken-claiming.ts';
import { brokenLeases } from './broken-leases.ts';
import { brokenReading } from './broken-reading.ts';
import { brokenRetrying } from './broken-retrying.ts';
import { brokenScheduling } from './broken-scheduling.ts';
import { brokenSteering } from './broken-steering.ts';
import { brokenStopping } from './broken-stopping.ts';

/** All of them. */
export const brokenAdapters: readonly BrokenAdapter[] = [
  ...brokenAdding,
  ...brokenClaiming,
  ...brokenScheduling,
  ...brokenRetrying,
  ...brokenSteering,
  ...brokenReading,
  ...brokenLeases,
  ...brokenStopping,
];
