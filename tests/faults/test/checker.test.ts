import { describe, expect, it } from 'vitest';
import { check, type Evidence, type FinalJob } from '../harness/checker.ts';
import type { LedgerEntry } from '../harness/provider.ts';
import { type Run, toRuns } from '../harness/worker-process.ts';

const job: FinalJob = {
  status: 'completed',
  attempts: 1,
  crashes: 0,
  replays: 0,
  retries: 0,
  possibleRetries: 0,
  late: 0,
  errorCode: null,
  deliveries: [{ channel: 'email', status: 'sent' }],
};
const run: Run = { jobId: 'job-1', worker: 'w', outcome: 'completed', wasKilled: false };
const accepted: LedgerEntry = { what: 'accepted', key: 'k', n: 1, channel: 'email' };

/** What a run of one job leaves behind in which nothing went wrong, changed as told. */
function evidence(change: Partial<Evidence> = {}): Evidence {
  return {
    attempted: new Set([1]),
    acknowledged: new Map([[1, 'job-1']]),
    runs: [run],
    ledger: [accepted],
    jobs: new Map([[1, job]]),
    stats: { pending: 0, processing: 0, completed: 1, failed: 0, cancelled: 0 },
    strangeExits: [],
    ...change,
  };
}

const oneJob = (change: Partial<FinalJob>): Partial<Evidence> => ({
  jobs: new Map([[1, { ...job, ...change }]]),
});
const failedAs = (errorCode: string, change: Partial<FinalJob> = {}): Partial<Evidence> => ({
  ...oneJob({ status: 'failed', errorCode, ...change }),
  stats: { completed: 0, failed: 1 },
});
const withKeys = { honoursKeys: true };
const withoutKeys = { honoursKeys: false };
const unknown = [{ channel: 'email', status: 'unknown' }];
const killed: Run = { ...run, worker: 'dead', outcome: null, wasKilled: true };

describe('the checker finds nothing wrong with', () => {
  it.each<[string, Partial<Evidence>]>([
    ['a run without faults', {}],
    ['a job that ran again because its worker was killed', { runs: [killed, run] }],
    ['a job that ran again because its lease was lost', { runs: [{ ...run, outcome: 'late' }, run] }],
    ['a job that was retried, or was not', oneJob({ attempts: 2, possibleRetries: 1, late: 1 })],
    ['a job that was retried', { ...oneJob({ attempts: 3, retries: 2 }) }],
    [
      'a job that an operator started again',
      { ...oneJob({ replays: 1 }), runs: [{ ...run, outcome: 'failed' }, run] },
    ],
    ['a message whose key was repeated', { ledger: [accepted, { ...accepted, what: 'repeated' }] }],
    [
      'a job that was stored though its producer was not told',
      { attempted: new Set([1, 2]), stats: { completed: 2 } },
    ],
  ])('%s', (_, change) => {
    expect(check(evidence(change), withKeys).broken).toEqual([]);
  });

  it('a delivery that is listed as unknown where the provider honours no keys', () => {
    const { broken, figures } = check(
      evidence({ ...failedAs('QUEUE_DELIVERY_FAILED', { deliveries: unknown }), ledger: [] }),
      withoutKeys,
    );
    expect(broken).toEqual([]);
    expect(figures).toMatchObject({ unknown: 1, lost: 0, sent: 0 });
  });

  it('a poison job that failed after three crashes', () => {
    const poison = failedAs('QUEUE_JOB_POISON', { crashes: 3 });
    const { broken, figures } = check(evidence({ ...poison, ledger: [] }), {
      ...withKeys,
      isPoison: () => true,
    });
    expect(broken).toEqual([]);
    expect(figures).toMatchObject({ poison: 1, lost: 0 });
  });
});

describe('the checker catches', () => {
  it.each<[string, Partial<Evidence>, RegExp]>([
    ['a message that was never sent', { ledger: [] }, /^lost/],
    [
      'a message that is unknown though the provider honours keys',
      { ...oneJob({ deliveries: unknown }), ledger: [] },
      /^lost/,
    ],
    ['a message that was accepted twice', { ledger: [accepted, accepted] }, /^accepted twice/],
    ['a message that nobody asked for', { ledger: [accepted, { ...accepted, n: 9 }] }, /never attempted/],
    [
      'a message on a channel that nobody asked for',
      { ledger: [accepted, { ...accepted, channel: 'sms' }] },
      /never attempted/,
    ],
    ['a job that ran twice without a reason', { runs: [run, run] }, /executed again without/],
    [
      'a job that runs in two live workers',
      { runs: [run, { ...run, worker: 'x', outcome: null }] },
      /executed again without/,
    ],
    ['a job that the queue forgot', { jobs: new Map([[1, null]]) }, /not in the queue/],
    ['a job that has not ended', oneJob({ status: 'processing' }), /^not ended/],
    ['a job that failed', failedAs('QUEUE_DELIVERY_FAILED'), /failed without a reason/],
    [
      'a job that failed as poison though it is none',
      failedAs('QUEUE_JOB_POISON', { crashes: 3 }),
      /failed without a reason/,
    ],
    [
      'a job that is completed though its delivery is not sent',
      oneJob({ deliveries: unknown }),
      /completed though/,
    ],
    ['a crash that used up an attempt', oneJob({ attempts: 2, crashes: 1 }), /attempts used up/],
    ['a counter that says that work is left', { stats: { completed: 1, processing: 1 } }, /have not ended/],
    ['a job that is counted twice', { stats: { completed: 1, failed: 1 } }, /counts 2 jobs/],
    ['a job that is not counted', { stats: { completed: 0 } }, /counts 0 jobs/],
    ['a worker that ended by itself', { strangeExits: ['worker-1'] }, /ended by themselves/],
  ])('%s', (_, change, expected) => {
    expect(check(evidence(change), withKeys).broken.join('\n')).toMatch(expected);
  });

  it('a poison job that was let go too early, or completed', () => {
    const expectations = { ...withKeys, isPoison: () => true };
    const early = evidence({ ...failedAs('QUEUE_JOB_POISON', { crashes: 2 }) });
    expect(check(early, expectations).broken.join('\n')).toMatch(/failed without a reason/);
    expect(check(evidence(), expectations).broken.join('\n')).toMatch(/completed though/);
  });

  it('a message that was accepted twice by a provider without keys', () => {
    expect(check(evidence({ ledger: [accepted, accepted] }), withoutKeys).broken).toHaveLength(1);
  });
});

describe('a run log', () => {
  const read = (...lines: string[]) =>
    toRuns(
      'w',
      lines.map((line) => line.split(' ')),
      true,
    ).map(({ jobId, outcome }) => `${jobId} ${outcome}`);

  it('gives each start the outcome that follows it', () => {
    expect(read('start a', 'start b', 'completed b', 'retrying a', 'start a')).toEqual([
      'a retrying',
      'b completed',
      'a null',
    ]);
  });

  it('gives an outcome to the earlier start where the job has started again before it was heard', () => {
    expect(read('start a', 'start a', 'retrying a', 'completed a')).toEqual(['a retrying', 'a completed']);
  });

  it('leaves out what a worker hears of jobs it did not run', () => {
    expect(read('released x', 'start a', 'released y', 'error nothing')).toEqual(['a null']);
  });
});
