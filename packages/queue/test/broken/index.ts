import type { BrokenAdapter } from './broken-adapter.ts';
import { brokenAdding } from './broken-adding.ts';
import { brokenClaiming } from './broken-claiming.ts';
import { brokenExpiry } from './broken-expiry.ts';
import { brokenLeases } from './broken-leases.ts';
import { brokenOrder } from './broken-order.ts';
import { brokenReading } from './broken-reading.ts';
import { brokenReplaying } from './broken-replaying.ts';
import { brokenRetention } from './broken-retention.ts';
import { brokenRetrying } from './broken-retrying.ts';
import { brokenScheduling } from './broken-scheduling.ts';
import { brokenSharing } from './broken-sharing.ts';
import { brokenSteering } from './broken-steering.ts';
import { brokenStopping } from './broken-stopping.ts';

/** All of them. */
export const brokenAdapters: readonly BrokenAdapter[] = [
  ...brokenAdding,
  ...brokenClaiming,
  ...brokenOrder,
  ...brokenScheduling,
  ...brokenExpiry,
  ...brokenRetrying,
  ...brokenReplaying,
  ...brokenSteering,
  ...brokenRetention,
  ...brokenReading,
  ...brokenLeases,
  ...brokenStopping,
  ...brokenSharing,
];
