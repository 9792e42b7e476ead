import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JOB_TRANSITIONS, type JobStatus } from '../src/job.ts';
import type { JobStore } from '../src/job-store.ts';
import { playQueueCommands, queueCommands } from '../src/testing/index.ts';
import { createInMemoryHarness, IN_MEMORY_LACKS } from './in-memory-harness.ts';

/** A job that was not there before came into being. */
type From = JobStatus | 'nothing';
type OnChange = (from: From, to: JobStatus) => void;

/** Lets the methods that change a store run one at a time, and tells every change of a status, so that none hides behind another. */
function watchChanges(store: JobStore, onChange: OnChange): void {
  const find = store.find.bind(store);
  const known = new Map<string, JobStatus>();
  const look = async (): Promise<void> => {
    const { jobs } = await find({ limit: 1000, offset: 0, order: 'asc' });
    for (const { id, status } of jobs) {
      const from = known.get(id) ?? 'nothing';
      if (from !== status) onChange(from, status);
      known.set(id, status);
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  const alone = <Args extends unknown[], Result>(method: (...args: Args) => Promise<Result>) => {
    return (...args: Args): Promise<Result> => {
      const turn = last.then(async () => {
        await look();
        const result = await method(...args);
        await look();
        return result;
      });
      last = turn.catch(() => undefined);
      return turn;
    };
  };
  store.insert = alone(store.insert.bind(store));
  store.claim = alone(store.claim.bind(store));
  store.settle = alone(store.settle.bind(store));
  store.reapExpired = alone(store.reapExpired.bind(store));
  store.retry = alone(store.retry.bind(store));
  store.cancel = alone(store.cancel.bind(store));
  store.remove = alone(store.remove.bind(store));
}

/** The rows of the table, as `from → to`. */
const LEGAL = Object.entries(JOB_TRANSITIONS).flatMap(([from, to]) =>
  to.map((status) => `${from} → ${status}`),
);

/** A store that looks at what is due first, as the one in memory does, takes this way round: by `pending`. */
const ROUNDABOUT = ['scheduled → processing', 'retrying → processing'];

it('a job only ever changes its status as the table says, and every row of the table is in use', async () => {
  const seen = new Set<string>();
  const property = fc.asyncProperty(queueCommands(fc, IN_MEMORY_LACKS), async (commands) => {
    const changes: string[] = [];
    const onChange: OnChange = (from, to) => changes.push(`${from} → ${to}`);
    await playQueueCommands(
      (request) => createInMemoryHarness(request, ({ store }) => watchChanges(store, onChange)),
      commands,
    );
    for (const change of changes) {
      seen.add(change);
      expect([...LEGAL, 'nothing → pending', 'nothing → scheduled']).toContain(change);
    }
  });
  await fc.assert(property, { numRuns: 150 });
  expect([...seen]).toEqual(expect.arrayContaining(LEGAL.filter((change) => !ROUNDABOUT.includes(change))));
}, 120_000);
