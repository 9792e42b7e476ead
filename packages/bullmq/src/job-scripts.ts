import {
  changeScript,
  evictLeavingScript,
  evictScript,
  extendScript,
  removeScript,
  updateScript,
} from './scripts/change.ts';
import { appendEventsScript, latestEventScript } from './scripts/events.ts';
import { insertScript } from './scripts/insert.ts';
import {
  countAheadScript,
  findScript,
  nextDueScript,
  promoteScript,
  readScript,
  stalledScript,
  statsScript,
} from './scripts/query.ts';
import { settleAndClaimScript } from './scripts/settle-and-claim.ts';
import { listSharedScript, writeSharedScript } from './scripts/shared.ts';

/**
 * All scripts, made for the BullMQ that is installed.
 *
 * @throws {BullMqError} `BULLMQ_UNSUPPORTED_VERSION`.
 */
export function createJobScripts() {
  return {
    insert: insertScript(),
    settleAndClaim: settleAndClaimScript(),
    update: updateScript(),
    extend: extendScript(),
    change: changeScript(),
    remove: removeScript(),
    evict: evictScript(),
    evictLeaving: evictLeavingScript(),
    read: readScript(),
    stalled: stalledScript(),
    nextDue: nextDueScript(),
    promote: promoteScript(),
    stats: statsScript(),
    find: findScript(),
    countAhead: countAheadScript(),
    listShared: listSharedScript(),
    writeShared: writeSharedScript(),
    appendEvents: appendEventsScript(),
    latestEvent: latestEventScript(),
  };
}

export type JobScripts = ReturnType<typeof createJobScripts>;
