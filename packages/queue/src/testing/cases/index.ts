import type { QueueAdapterCase } from '../queue-adapter-case.ts';
import { agingCases } from './aging.ts';
import { aheadCases } from './ahead.ts';
import { cancelCases } from './cancel.ts';
import { claimCases } from './claim.ts';
import { concurrencyCases } from './concurrency.ts';
import { dedupeCases } from './dedupe.ts';
import { deleteCases } from './delete.ts';
import { enqueueCases } from './enqueue.ts';
import { eventCases } from './events.ts';
import { expiryCases } from './expiry.ts';
import { fairnessCases } from './fairness.ts';
import { leaseCases } from './lease.ts';
import { pagingCases } from './paging.ts';
import { priorityCases } from './priority.ts';
import { replayCases } from './replay.ts';
import { retentionCases } from './retention.ts';
import { retryCases } from './retry.ts';
import { scheduleCases } from './schedule.ts';
import { sharedStateCases } from './shared-state.ts';
import { shutdownCases } from './shutdown.ts';
import { snapshotCases } from './snapshots.ts';
import { statsCases } from './stats.ts';
import { transactionCases } from './transaction.ts';

/** All cases of the queue-adapter suite, in the order in which one would read them. */
export const queueAdapterCases: readonly QueueAdapterCase[] = [
  ...enqueueCases,
  ...dedupeCases,
  ...transactionCases,
  ...claimCases,
  ...priorityCases,
  ...agingCases,
  ...fairnessCases,
  ...aheadCases,
  ...scheduleCases,
  ...expiryCases,
  ...retryCases,
  ...replayCases,
  ...cancelCases,
  ...deleteCases,
  ...retentionCases,
  ...snapshotCases,
  ...statsCases,
  ...pagingCases,
  ...concurrencyCases,
  ...leaseCases,
  ...shutdownCases,
  ...eventCases,
  ...sharedStateCases,
];
