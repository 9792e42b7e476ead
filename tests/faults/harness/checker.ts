import type { LedgerEntry } from './provider.ts';
import type { Run } from './worker-process.ts';

/** What the queue says of a job at the end. */
export interface FinalJob {
  readonly status: string;
  readonly attempts: number;
  readonly crashes: number;
  /** Times an operator started it again. Its attempts then count from 0. */
  readonly replays: number;
  /** Tries that failed and used up a retry. */
  readonly retries: number;
  /** Tries that may have: what is told once more of one is recorded as `late` over how it ended. */
  readonly possibleRetries: number;
  /** Tries whose report came when the job was not theirs any more. */
  readonly late: number;
  readonly errorCode: string | null;
  readonly deliveries: readonly { readonly channel: string; readonly status: string }[];
}

/** Everything a run leaves behind, from four sources that do not know of each other: producer, handlers, provider, queue. */
export interface Evidence {
  readonly attempted: ReadonlySet<number>;
  readonly acknowledged: ReadonlyMap<number, string>;
  readonly runs: readonly Run[];
  readonly ledger: readonly LedgerEntry[];
  /** The job of each number that was acknowledged; `null` when the queue does not know it. */
  readonly jobs: ReadonlyMap<number, FinalJob | null>;
  /** How many jobs the queue counts in each status. */
  readonly stats: Readonly<Record<string, number>>;
  /** Worker processes that ended though nobody ended them. */
  readonly strangeExits: readonly string[];
}

/** What must hold in this run besides what must always hold. */
export interface Expectations {
  /** Channels of each notification. @default ['email'] */
  readonly channels?: readonly string[];
  /** Whether the provider honours keys; where it does not, deliveries may end `unknown`. */
  readonly honoursKeys: boolean;
  /** Jobs that may end as poison: those that do kill their workers. @default none */
  readonly isPoison?: (n: number) => boolean;
  /** Crashes that make a poison job. @default 3 */
  readonly maxCrashes?: number;
}

/** The record of a run: Jepsen's total-queue checker, and what matters for messages besides. */
export interface Figures {
  readonly attempted: number;
  readonly acknowledged: number;
  /** Messages the provider accepted. */
  readonly sent: number;
  /** Acknowledged messages that the provider never accepted and whose job is not listed as failed. */
  readonly lost: number;
  /** Handlers that ran again for a job. */
  readonly duplicated: number;
  /** Of these, those that no death of a worker and no lost lease explains. */
  readonly unexplained: number;
  /** Handlers that ran when their worker was killed: what may be executed again. */
  readonly inFlight: number;
  readonly acceptedTwice: number;
  /** Requests that the provider recognised by their key and did not accept again. */
  readonly repeated: number;
  /** Deliveries that are listed as `unknown`. */
  readonly unknown: number;
  /** Jobs that failed as poison. */
  readonly poison: number;
  /** Reports that were refused because the lease was lost. */
  readonly late: number;
}

/** What the checker found. */
export interface Verdict {
  readonly figures: Figures;
  /** Each broken invariant, in words; empty when all hold. */
  readonly broken: readonly string[];
}

/** Compares what was promised with what is left. Trusts nobody's word alone. */
export function check(evidence: Evidence, expectations: Expectations): Verdict {
  const messages = judgeMessages(evidence, expectations);
  const runs = judgeRuns(evidence);
  const jobs = judgeJobs(evidence, expectations);
  const figures: Figures = {
    attempted: evidence.attempted.size,
    acknowledged: evidence.acknowledged.size,
    sent: messages.accepted.size,
    lost: messages.lost.length,
    duplicated: runs.duplicated,
    unexplained: runs.unexplained.length,
    inFlight: runs.inFlight,
    acceptedTwice: messages.twice.length,
    repeated: evidence.ledger.filter(({ what }) => what === 'repeated').length,
    unknown: messages.unknown,
    poison: jobs.poison,
    late: [...evidence.jobs.values()].reduce((sum, job) => sum + (job?.late ?? 0), 0),
  };
  const broken = [
    ...name('lost: acknowledged, but neither sent nor listed as failed', messages.lost),
    ...name('accepted twice by the provider', messages.twice),
    ...name('sent, but never attempted', messages.unexpected),
    ...name('executed again without a reason', runs.unexplained),
    ...jobs.broken,
    ...name('worker processes that ended by themselves', evidence.strangeExits),
  ];
  if (runs.duplicated > runs.inFlight + runs.explained)
    broken.push('more was executed again than was in flight');
  return { figures, broken };
}

/** Compares what was acknowledged with what the provider has. A message is a number and a channel. */
function judgeMessages({ attempted, acknowledged, jobs, ledger }: Evidence, expectations: Expectations) {
  const { channels = ['email'] } = expectations;
  const accepted = new Map<string, number>();
  const unexpected: string[] = [];
  for (const { what, n, channel } of ledger) {
    if (what !== 'accepted') continue;
    const message = `${n} ${channel}`;
    accepted.set(message, (accepted.get(message) ?? 0) + 1);
    if (!attempted.has(n) || !channels.includes(channel)) unexpected.push(message);
  }
  const lost: string[] = [];
  let unknown = 0;
  for (const n of acknowledged.keys()) {
    const job = jobs.get(n);
    for (const channel of channels) {
      const status = job?.deliveries.find((one) => one.channel === channel)?.status;
      if (status === 'unknown') unknown += 1;
      // One that failed is on the list of dead letters; whether it had a reason to, `judgeJobs` asks.
      if (!accepted.has(`${n} ${channel}`) && job?.status !== 'failed') lost.push(`${n} ${channel}`);
    }
  }
  const twice = [...accepted].filter(([, times]) => times > 1).map(([message]) => message);
  return { accepted, lost, twice, unexpected, unknown };
}

/** A job's handler may run again only for a reason: its worker was killed, the queue took the job from it or planned a retry, or an operator asked. */
function judgeRuns({ runs, acknowledged, jobs }: Evidence) {
  const replays = new Map([...acknowledged].map(([n, jobId]) => [jobId, jobs.get(n)?.replays ?? 0]));
  const byJob = Map.groupBy(runs, ({ jobId }) => jobId);
  const unexplained: string[] = [];
  for (const [jobId, ofJob] of byJob) {
    const withoutReason = ofJob.filter((run) => !isInFlightAtKill(run) && !isGivenBack(run));
    if (withoutReason.length > 1 + (replays.get(jobId) ?? 0)) unexplained.push(jobId);
  }
  return {
    unexplained,
    duplicated: runs.length - byJob.size,
    inFlight: runs.filter(isInFlightAtKill).length,
    explained: runs.filter(isGivenBack).length + [...replays.values()].reduce((sum, count) => sum + count, 0),
  };
}

function isInFlightAtKill({ outcome, wasKilled }: Run): boolean {
  return outcome === null && wasKilled;
}

function isGivenBack({ outcome }: Run): boolean {
  return outcome === 'retrying' || outcome === 'released' || outcome === 'late';
}

/** Every acknowledged job has ended, once, in the way that its deliveries say, and a crash has cost it nothing. */
function judgeJobs(
  { attempted, acknowledged, jobs, stats }: Evidence,
  { honoursKeys, isPoison = () => false, maxCrashes = 3 }: Expectations,
) {
  const broken: string[] = [];
  let poison = 0;
  const [missing, unended, wronglyFailed, wronglyCompleted, attempts]: string[][] = [[], [], [], [], []];
  for (const n of acknowledged.keys()) {
    const job = jobs.get(n) ?? null;
    const which = `${n} (${job?.status} ${job?.errorCode ?? ''})`;
    if (job === null) missing?.push(which);
    else if (job.status === 'failed') {
      const isDeadly = job.errorCode === 'QUEUE_JOB_POISON' && job.crashes === maxCrashes;
      const isUnknown = !honoursKeys && job.deliveries.some(({ status }) => status === 'unknown');
      if (isDeadly) poison += 1;
      if (!(isDeadly && isPoison(n)) && !isUnknown) wronglyFailed?.push(which);
    } else if (job.status !== 'completed') unended?.push(which);
    else if (isPoison(n) || job.deliveries.some(({ status }) => status !== 'sent'))
      wronglyCompleted?.push(which);
    if (job?.status === 'completed' && job.replays === 0 && !isCounted(job))
      attempts?.push(`${which}: ${job.attempts}`);
  }
  broken.push(
    ...name('acknowledged, but not in the queue', missing),
    ...name('not ended', unended),
    ...name('failed without a reason', wronglyFailed),
    ...name('completed though not all was sent', wronglyCompleted),
    ...name('attempts used up without a failed try', attempts),
  );
  const { completed = 0, failed = 0, cancelled = 0, ...waiting } = stats;
  const left = Object.values(waiting).reduce((sum, count) => sum + count, 0);
  const kept = completed + failed + cancelled + left;
  if (left > 0) broken.push(`the queue counts ${left} jobs that have not ended`);
  if (kept < acknowledged.size || kept > attempted.size) {
    broken.push(
      `the queue counts ${kept} jobs; ${acknowledged.size} were acknowledged, ${attempted.size} attempted`,
    );
  }
  return { broken, poison };
}

function isCounted({ attempts, retries, possibleRetries }: FinalJob): boolean {
  return attempts > retries && attempts <= retries + possibleRetries + 1;
}

/** `lost: … (2): 17 email, 18 email`, or nothing. */
function name(what: string, which: readonly string[] | undefined): string[] {
  if (which === undefined || which.length === 0) return [];
  const some = which.slice(0, 5).join(', ');
  return [`${what} (${which.length}): ${some}${which.length > 5 ? ', …' : ''}`];
}
