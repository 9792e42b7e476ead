import type { StorageAdapterCase } from '../storage-adapter-case.ts';
import { atomicityCases } from './atomicity.ts';
import { cleanupCases } from './cleanup.ts';
import { eraseCases } from './erase.ts';
import { filterCases } from './filters.ts';
import { lifecycleCases } from './lifecycle.ts';
import { pagingCases } from './paging.ts';
import { queryCases } from './query.ts';
import { saveCases } from './save.ts';
import { snapshotCases } from './snapshots.ts';
import { sortCases } from './sort.ts';
import { statsCases } from './stats.ts';
import { updateCases } from './update.ts';

/** Every case of the suite. */
export const storageAdapterCases: readonly StorageAdapterCase[] = [
  ...saveCases,
  ...updateCases,
  ...queryCases,
  ...filterCases,
  ...pagingCases,
  ...sortCases,
  ...statsCases,
  ...cleanupCases,
  ...eraseCases,
  ...snapshotCases,
  ...atomicityCases,
  ...lifecycleCases,
];
