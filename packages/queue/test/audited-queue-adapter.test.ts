import { VirtualClock } from '@townkrier/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditEntry, AuditSink } from '../src/audit/audit-entry.ts';
import { recordChange } from '../src/audit/audit-trail.ts';
import type { AuditTrailOptions } from '../src/audit/audit-trail-options.ts';
import { AuditedQueueAdapter } from '../src/audit/audited-queue-adapter.ts';
import { NonRetryableError } from '../src/errors.ts';
import { InMemoryQueueAdapter } from '../src/in-memory/in-memory-queue-adapter.ts';
import type { QueueAdapter } from '../src/queue-adapter.ts';

let clock: VirtualClock;
let real: InMemoryQueueAdapter;
let entries: AuditEntry[];

beforeEach(() => {
  clock = new VirtualClock();
  real = new InMemoryQueueAdapter({ clock });
  entries = [];
});
afterEach(() => real.close());

const sink: AuditSink = {
  async write(entry) {
    entries.push(entry);
  },
};

/** Fails from the nth entry on. */
function failingFrom(nth: number): AuditSink {
  let seen = 0;
  return {
    async write(entry) {
      seen += 1;
      if (seen >= nth) throw new Error('the disk is full');
      entries.push(entry);
    },
  };
}

function audited(options: Partial<AuditTrailOptions> = {}): AuditedQueueAdapter {
  return new AuditedQueueAdapter(real, { sink, clock, ...options });
}

async function addJob(payload: string = 'secret'): Promise<string> {
  const [job] = await real.add([{ type: 'report', payload, queue: 'reports', owner: 'ada@example.com' }]);
  return job?.id ?? '';
}

async function addFailedJob(): Promise<string> {
  const id = await addJob();
  const worker = real.work(() => {
    throw new NonRetryableError('no');
  });
  await clock.advance(1);
  await worker.stop();
  return id;
}

it('a cancelled job is reported before and after, with who and why', async () => {
  const id = await addJob();
  await audited().as('ada', { reason: 'wrong list' }).cancelJob(id);
  const facts = { attempts: 0, replays: 0, crashes: 0, priority: 5 };
  const common = {
    id: entries[0]?.id,
    at: new Date(clock.now()),
    actor: 'ada',
    reason: 'wrong list',
    action: 'job:cancel',
    target: { kind: 'job', id, queue: 'reports' },
    before: { status: 'pending', ...facts },
  };
  expect(entries).toEqual([
    { ...common, after: null, outcome: 'requested' },
    { ...common, after: { status: 'cancelled', ...facts }, outcome: 'done' },
  ]);
});

it('the first entry is kept before anything changes', async () => {
  const id = await addJob();
  const seen: unknown[] = [];
  const looking: AuditSink = {
    async write({ outcome }) {
      seen.push([outcome, (await real.getJob(id))?.status]);
    },
  };
  await audited({ sink: looking }).cancelJob(id);
  expect(seen).toEqual([
    ['requested', 'pending'],
    ['done', 'cancelled'],
  ]);
});

it('an action is answered only when its second entry is kept', async () => {
  const id = await addJob();
  const kept: { release?: () => void } = {};
  const slow: AuditSink = {
    write: ({ outcome }) =>
      outcome === 'requested'
        ? Promise.resolve()
        : new Promise((resolve) => {
            kept.release = resolve;
          }),
  };
  let isAnswered = false;
  const cancelling = audited({ sink: slow })
    .cancelJob(id)
    .then(() => {
      isAnswered = true;
    });
  await clock.advance(1000);
  expect((await real.getJob(id))?.status).toBe('cancelled');
  expect(isAnswered).toBe(false);
  kept.release?.();
  await cancelling;
  expect(isAnswered).toBe(true);
});

it('a retry, an edit and a deletion are told apart, by the default actor where none is named', async () => {
  const adapter = audited();
  const [one, other] = [await addFailedJob(), await addFailedJob()];
  await adapter.retryJob(one);
  await adapter.retryJob(other, { payload: 'another secret' });
  await adapter.cancelJob(one);
  await adapter.deleteJob(one);
  const done = entries.filter(({ outcome }) => outcome === 'done');
  expect(done.map(({ action, actor, after }) => [action, actor, after?.['status']])).toEqual([
    ['job:retry', 'system', 'pending'],
    ['job:edit', 'system', 'pending'],
    ['job:cancel', 'system', 'cancelled'],
    ['job:delete', 'system', undefined],
  ]);
  expect(done[1]?.after).toMatchObject({ replays: 1 });
});

it('nothing of payload or owner is reported', async () => {
  const adapter = audited();
  const id = await addFailedJob();
  await adapter.retryJob(id, { payload: 'another secret' });
  await adapter.cancelJob(id);
  await adapter.deleteJob(id);
  expect(entries).toHaveLength(6);
  expect(JSON.stringify(entries)).not.toMatch(/secret|example\.com/);
});

it('what the adapter refuses is reported as failed, with the code, and refused all the same', async () => {
  await expect(audited().cancelJob('nobody')).rejects.toMatchObject({ code: 'QUEUE_JOB_NOT_FOUND' });
  expect(entries.map(({ outcome, errorCode, before }) => [outcome, errorCode, before])).toEqual([
    ['requested', undefined, null],
    ['failed', 'QUEUE_JOB_NOT_FOUND', null],
  ]);
});

it('a sink that fails refuses the action before it is done', async () => {
  const id = await addJob();
  const cancelling = audited({ sink: failingFrom(1) }).cancelJob(id);
  await expect(cancelling).rejects.toMatchObject({
    code: 'QUEUE_AUDIT_FAILED',
    cause: new Error('the disk is full'),
  });
  expect((await real.getJob(id))?.status).toBe('pending');
});

it('a sink that fails when the action is done cannot undo it, and is told of', async () => {
  const id = await addJob();
  const errors: unknown[] = [];
  const job = await audited({ sink: failingFrom(2), onError: (error) => errors.push(error) }).cancelJob(id);
  expect(job.status).toBe('cancelled');
  expect(entries).toHaveLength(1);
  expect(errors).toEqual([new Error('the disk is full')]);
});

it('with onSinkError report, a sink that fails stops nothing', async () => {
  const id = await addJob();
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const job = await audited({ sink: failingFrom(1), onSinkError: 'report', onError }).cancelJob(id);
  expect(job.status).toBe('cancelled');
  expect(errors).toHaveLength(2);
});

it('what is built on an adapter reports through it, and does its work without one', async () => {
  const change = {
    action: 'queue:pause',
    target: { kind: 'queue', id: 'mails', queue: 'mails' },
    before: { isPaused: false },
    after: () => ({ isPaused: true }),
  } as const;
  const plain: QueueAdapter = real;
  expect(await recordChange(plain.audit, change, async () => 'paused')).toBe('paused');
  expect(entries).toEqual([]);
  expect(await recordChange(audited().as('ada').audit, change, async () => 'paused')).toBe('paused');
  expect(entries).toMatchObject([
    { actor: 'ada', outcome: 'requested', after: null },
    { actor: 'ada', outcome: 'done', after: { isPaused: true } },
  ]);
});

it('an actor without a name, and an unknown option, are refused', () => {
  const options: object = { sinks: [] };
  expect(() => audited().as('')).toThrow(/actor/);
  expect(() => audited(Object.assign({}, options))).toThrow(/sinks/);
});
