import type { Scenario } from '../harness/scenario.ts';
import { recoveryTime } from './recovery-time.ts';
import { workerKills } from './worker-kills.ts';

/** Every scenario, in the order of the reference page. */
export const SCENARIOS: readonly Scenario[] = [...workerKills, recoveryTime];
