import type { Scenario } from '../harness/scenario.ts';
import { backendDown } from './backend-down.ts';
import { backlog } from './backlog.ts';
import { cancelRace } from './cancel-race.ts';
import { channelIsolation } from './channel-isolation.ts';
import { claimRace } from './claim-race.ts';
import { crashPoints } from './crash-points.ts';
import { damagedWal } from './damaged-wal.ts';
import { diskFull } from './disk-full.ts';
import { flood } from './flood.ts';
import { lostLeases } from './lost-leases.ts';
import { networkCuts } from './network-cuts.ts';
import { pauseRace } from './pause-race.ts';
import { poison } from './poison.ts';
import { rateLimit } from './rate-limit.ts';
import { recoveryTime } from './recovery-time.ts';
import { rollingRestart } from './rolling-restart.ts';
import { serverRestarts } from './server-restarts.ts';
import { stubbornHandlers } from './stubborn-handlers.ts';
import { tenantFlood } from './tenant-flood.ts';
import { workerKills } from './worker-kills.ts';

/** Every scenario, in the order of the reference page. */
export const SCENARIOS: readonly Scenario[] = [
  ...workerKills,
  recoveryTime,
  ...crashPoints,
  ...poison,
  rollingRestart,
  ...stubbornHandlers,
  networkCuts,
  ...lostLeases,
  serverRestarts,
  ...diskFull,
  damagedWal,
  backlog,
  flood,
  ...backendDown,
  claimRace,
  channelIsolation,
  rateLimit,
  cancelRace,
  pauseRace,
  tenantFlood,
];
