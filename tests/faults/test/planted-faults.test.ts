import { describe, expect, it } from 'vitest';
import type { ProviderSettings } from '../harness/provider.ts';
import { Trial, type WorkerOverrides } from '../harness/trial.ts';
import { runLimited } from '../scenarios/rate-limit.ts';

const JOBS = 40;

/** A whole run of real processes with one fault planted, and what the checker says. */
async function runWith(fault: {
  readonly provider?: Partial<ProviderSettings>;
  readonly worker?: WorkerOverrides;
  readonly enqueue?: 'acknowledges without storing';
}): Promise<readonly string[]> {
  await using trial = await Trial.open({
    backend: 'sqlite',
    server: null,
    seed: 1,
    ...(fault.provider !== undefined && { provider: fault.provider }),
  });
  if (fault.enqueue !== undefined) forgetSome(trial);
  await trial.produce(JOBS);
  trial.startWorker(fault.worker);
  await trial.drained();
  return (await trial.check()).broken;
}

/** Every tenth job is acknowledged and not stored. */
function forgetSome({ queue: { adapter } }: Trial): void {
  const add = adapter.add.bind(adapter);
  let calls = 0;
  adapter.add = async (jobs, options) => {
    calls += 1;
    const isForgotten = calls % 10 === 0;
    const added = await add(jobs, options);
    if (isForgotten)
      for (const { id } of added) await adapter.cancelJob(id).then(() => adapter.deleteJob(id));
    return added;
  };
}

describe('a run of real processes', { concurrent: true }, () => {
  it('is found sound without a fault', async () => {
    expect(await runWith({})).toEqual([]);
  });

  it('fails when the queue completes jobs that it never ran', async () => {
    expect(await runWith({ worker: { fault: 'loses jobs' } })).toEqual([
      expect.stringMatching(/^lost.*\(4\): 10 email/),
      expect.stringMatching(/^completed though/),
    ]);
  });

  it('fails when the queue acknowledges jobs that it does not store', async () => {
    expect(await runWith({ enqueue: 'acknowledges without storing' })).toEqual([
      expect.stringMatching(/^lost.*\(4\)/),
      expect.stringMatching(/^acknowledged, but not in the queue \(4\)/),
      expect.stringMatching(/^the queue counts 36 jobs; 40 were acknowledged/),
    ]);
  });

  it('fails when the queue runs jobs twice', async () => {
    expect(await runWith({ worker: { fault: 'runs jobs twice' } })).toEqual([
      expect.stringMatching(/^executed again without a reason \(4\)/),
      expect.stringMatching(/^more was executed again/),
    ]);
  });

  it('fails when one of the processes that share a limit knows of none', async () => {
    const place = { backend: 'sqlite', server: null, seed: 1 } as const;
    const { broken } = await runLimited(place, { seconds: 1, leastUse: 0 }, 'no limit');
    expect(broken).toEqual([expect.stringMatching(/starts within 1000 ms, where 200 are allowed$/)]);
  });

  it('fails when the provider takes a message twice', async () => {
    const provider = { fault: 'forgets keys' } as const;
    const broken = await runWith({ provider, worker: { fault: 'runs jobs twice' } });
    expect(broken.join('\n')).toMatch(/^accepted twice by the provider \(4\)/);
  });

  it('fails when the provider forgets a message that it answered for', async () => {
    expect(await runWith({ provider: { fault: 'forgets messages' } })).toEqual([
      expect.stringMatching(/^lost.*\(4\)/),
    ]);
  });
});
