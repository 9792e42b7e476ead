import { Fleet } from '../harness/fleet.ts';
import { defineScenario, type Outcome, type Place, sumOutcomes, toOutcome } from '../harness/scenario.ts';
import { Trial } from '../harness/trial.ts';

const CHANNELS = ['email', 'sms'];
const MAX_RETRIES = 2;
/** More often refused than there are retries: the job fails, and an operator starts it again. */
const TOO_OFTEN = MAX_RETRIES + 2;

/** How often each text message is refused before it is taken, and how many workers are killed meanwhile. */
interface Refusals {
  readonly refusals: number;
  readonly jobs: number;
  readonly kills: number;
}

/**
 * Row 22: each notification goes out by e-mail and by text message, and the text message fails some times. Whatever the retries, replays and crashes, the
 * e-mail is accepted exactly once; without crashes it is not even asked for again.
 */
export const channelIsolation = defineScenario<readonly Refusals[]>({
  row: 22,
  name: 'one channel fails, the other is not repeated',
  backends: ['sqlite', 'postgres', 'bullmq'],
  sizes: {
    ci: [
      { refusals: TOO_OFTEN, jobs: 20, kills: 0 },
      { refusals: 1, jobs: 20, kills: 2 },
    ],
    short: [1, TOO_OFTEN].flatMap((refusals) => [
      { refusals, jobs: 500, kills: 0 },
      { refusals, jobs: 500, kills: 10 },
    ]),
    full: [1, TOO_OFTEN].flatMap((refusals) => [
      { refusals, jobs: 2_500, kills: 0 },
      { refusals, jobs: 2_500, kills: 50 },
    ]),
  },
  async run(place, runs) {
    const outcomes: Outcome[] = [];
    for (const run of runs) outcomes.push(await refuseTexts(place, run));
    return sumOutcomes(outcomes);
  },
});

async function refuseTexts(place: Place, { refusals, jobs, kills }: Refusals): Promise<Outcome> {
  await using trial = await Trial.open({
    ...place,
    channels: CHANNELS,
    options: { maxRetries: MAX_RETRIES, retryDelay: 50, ...(kills > 0 && { leaseMs: 2_000 }) },
    // Without kills the provider knows no keys: then every repeated request is accepted, and seen.
    provider: {
      honoursKeys: kills > 0,
      latency: [1, 10],
      rules: [{ does: 'refuse', times: refusals, per: 'key', channel: 'sms' }],
    },
  });
  const fleet = new Fleet(trial, 2);
  const producing = trial.produce(jobs);
  await fleet.endSome({ times: kills, every: [1, Math.ceil(jobs / Math.max(kills, 1))], signal: 'SIGKILL' });
  await producing;
  await trial.drained();
  const replays = await trial.replay('QUEUE_DELIVERY_FAILED');
  await trial.replay('QUEUE_JOB_POISON');
  const refused = trial.provider.ledger().filter(({ what }) => what === 'refused').length;
  const isReplayed = replays > 0 || refusals <= MAX_RETRIES;
  return toOutcome([refused, 'refusals'], await trial.check(), {
    broken: isReplayed ? [] : ['no job ran out of retries: the replay was not tried'],
  });
}
