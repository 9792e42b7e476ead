import type { JobStoreCase } from '../job-store-case.ts';
import { claimCases } from './claim.ts';
import { eventCases } from './events.ts';
import { insertCases } from './insert.ts';
import { leaseCases } from './lease.ts';
import { orderCases } from './order.ts';
import { replayCases } from './replay.ts';
import { settleCases } from './settle.ts';
import { sharedStateCases } from './shared-state.ts';
import { steerCases } from './steer.ts';
import { wakeCases } from './wake.ts';

/** All cases of the store suite. */
export const jobStoreCases: readonly JobStoreCase[] = [
  ...insertCases,
  ...claimCases,
  ...orderCases,
  ...settleCases,
  ...leaseCases,
  ...wakeCases,
  ...steerCases,
  ...replayCases,
  ...sharedStateCases,
  ...eventCases,
];
