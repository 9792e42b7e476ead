import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LivePage } from './live-page.ts';
import { RunningNewsroom, type Visitor } from './running-newsroom.ts';

const BRIDGE = { id: 'bridge', title: 'Bridge opens', topic: 'city', languages: ['de', 'fr'] };
const PATIENCE = { timeout: 20_000, interval: 50 };
const TODAY = '2026-11-25';

let newsroom: RunningNewsroom;
let ada: Visitor;
let grace: Visitor;

beforeEach(async () => {
  newsroom = await RunningNewsroom.start();
  ada = newsroom.owner('ada');
  grace = newsroom.owner('grace');
});
afterEach(() => newsroom.discard());

const trailSchema = z.object({
  trail: z.array(z.object({ step: z.string(), worker: z.string(), pid: z.number() })),
});
const queuesSchema = z.object({ queues: z.array(z.object({ name: z.string(), stats: z.unknown() })) });

/** The steps that an article has behind it, and who did them. */
async function trailOf(article: string) {
  return trailSchema.parse((await ada.get(`/articles/${article}`)).body).trail;
}

async function statsOf(queue: string): Promise<unknown> {
  const { queues } = queuesSchema.parse((await ada.get('/queues')).body);
  return queues.find(({ name }) => name === queue)?.stats;
}

const mailed = async () => (await ada.get('/articles/bridge')).body['mails'];
const receiver = async () => (await ada.get('/receiver')).body;

describe('an article', () => {
  it('that is published goes through steps in both processes, to readers and to the partner', async () => {
    await ada.post('/articles', BRIDGE);
    await expect.poll(mailed, PATIENCE).toEqual(['ada@example.com', 'alan@example.com']);

    const { press, post } = newsroom.workers;
    expect(press).not.toBe(post);
    const trail = new Map((await trailOf('bridge')).map(({ step, worker, pid }) => [step, { worker, pid }]));
    expect(trail.get('ai.translate fr')).toEqual({ worker: 'press', pid: press });
    expect(trail.get('workflow.step.execute publish')).toEqual({ worker: 'press', pid: press });
    expect(trail.get('plugin.event.dispatch')).toEqual({ worker: 'post', pid: post });
    expect(trail.get('email.notification.dispatch')).toEqual({ worker: 'post', pid: post });
    expect((await ada.get('/search/bridge')).body).toEqual({ articles: ['bridge'] });
    await expect.poll(async () => (await receiver())['events'], PATIENCE).toHaveLength(1);
  });

  it('that is published twice at once goes out once', async () => {
    const [one, other] = await Promise.all([ada.post('/articles', BRIDGE), grace.post('/articles', BRIDGE)]);
    expect(one.body).toEqual(other.body);
    await expect.poll(mailed, PATIENCE).toHaveLength(2);
    await expect.poll(() => statsOf('workflows'), PATIENCE).toMatchObject({ completed: 3 });
  });

  it('stops where a step fails for good, and goes on from there when its workflow is retried', async () => {
    const title = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAA';
    await ada.post('/articles', { ...BRIDGE, title });
    const [letter] = await ada.deadLetters(1);
    expect(letter?.error.message).toBe('The title shouts.');
    await ada.post('/articles/bridge/retry');
    await expect.poll(async () => (await ada.deadLetters(1))[0]?.replays, PATIENCE).toBe(1);
    expect((await trailOf('bridge')).map(({ step }) => step)).not.toContain('ai.seo.optimize');
  });

  it('is finished though a process is killed: another takes its place', async () => {
    process.kill(newsroom.workers.post, 'SIGKILL');
    await ada.post('/articles', BRIDGE);
    await expect.poll(mailed, PATIENCE).toHaveLength(2);
    const dispatch = (await trailOf('bridge')).find(({ step }) => step === 'email.notification.dispatch');
    expect(dispatch?.pid).not.toBe(newsroom.workers.post);
  });
});

describe('a dead letter', () => {
  it('is what a webhook becomes that fails three times, and one replay delivers it', async () => {
    await ada.post('/receiver', { failures: 3 });
    await ada.post('/articles', BRIDGE);
    const [letter] = await ada.deadLetters(1);
    expect(letter).toMatchObject({ type: 'plugin.webhook.deliver', attempts: 3, replays: 0 });
    expect(letter?.error.message).toBe('The receiver answered 503.');
    expect(await receiver()).toMatchObject({ refused: 3, events: [] });

    await ada.post(`/dead-letters/${letter?.jobId}/replay`);
    await expect.poll(async () => (await receiver())['events'], PATIENCE).toHaveLength(1);
    await ada.deadLetters(0);
  });

  it('is replayed five times and no more, with two operators who click as fast as they can', async () => {
    await ada.post('/receiver', { failures: 1_000 });
    await ada.post('/articles', BRIDGE);
    const [letter] = await ada.deadLetters(1);
    const clickUntilRefused = async (owner: Visitor): Promise<number> => {
      for (let replayed = 0; ; ) {
        const { status, body } = await owner.post(`/dead-letters/${letter?.jobId}/replay`);
        if (status === 200) replayed += 1;
        else if (codeOf(body) === 'QUEUE_REPLAY_LIMIT') return replayed;
        else expect(codeOf(body)).toBe('QUEUE_JOB_STATE');
      }
    };
    const [byAda, byGrace] = await Promise.all([clickUntilRefused(ada), clickUntilRefused(grace)]);
    expect(byAda + byGrace).toBe(5);
    expect(await receiver()).toMatchObject({ refused: 6 * 3, events: [] });
    expect((await ada.deadLetters(1))[0]).toMatchObject({ replays: 5, isReplayable: false });
  });

  it('is replayed with a mended payload, which is checked first', async () => {
    await ada.post('/login-codes', { subscriber: 'nobody' });
    const [letter] = await ada.deadLetters(1);
    const path = `/dead-letters/${letter?.jobId}/replay`;
    expect(await ada.post(path, { payload: { subscriber: 7 } })).toMatchObject({ status: 422 });
    expect(await ada.post(path, { payload: { subscriber: 'grace' } })).toMatchObject({ status: 200 });
    await expect.poll(() => statsOf('email'), PATIENCE).toMatchObject({ completed: 1, failed: 0 });
  });

  it('is cleared with the token of a count, and only with that', async () => {
    for (let i = 0; i < 3; i++) await ada.post('/login-codes', { subscriber: 'nobody' });
    await ada.deadLetters(3);
    const { body } = await ada.post('/dead-letters/clear');
    expect(body).toMatchObject({ count: 3 });
    await ada.deadLetters(3);
    const { token } = body;
    expect((await ada.post('/dead-letters/clear', { token: 'a guess' })).status).toBe(409);
    expect((await ada.post('/dead-letters/clear', { token })).body).toEqual({ deleted: 3, passedOver: 0 });
    await ada.deadLetters(0);
  });
});

describe('a queue', () => {
  it('pauses in the process that works on it, and goes on when it is resumed', async () => {
    await ada.post('/queues/analytics/pause', { reason: 'the numbers are wrong' });
    await ada.post('/articles', BRIDGE);
    // The other process has heard of everything that was committed before it did this.
    await expect.poll(mailed, PATIENCE).toHaveLength(2);
    await ada.post('/analytics/recompute', { from: TODAY, to: TODAY });
    await ada.post('/articles/bridge/rescore');
    await expect.poll(() => statsOf('ai'), PATIENCE).toMatchObject({ completed: 6 });
    expect(await statsOf('analytics')).toMatchObject({ pending: 1, completed: 0 });

    await grace.post('/queues/analytics/resume');
    await expect.poll(async () => (await ada.get('/analytics/days')).body['days'], PATIENCE).toHaveLength(1);
  });

  it('is purged by a second confirmation of the same owner, once', async () => {
    await ada.post('/queues/analytics/pause');
    for (let i = 0; i < 3; i++) await ada.post('/analytics/recompute', { from: TODAY, to: TODAY });
    const { body } = await ada.post('/queues/analytics/purge');
    expect(body).toMatchObject({ count: 3 });
    expect(await statsOf('analytics')).toMatchObject({ pending: 3 });

    const { token } = body;
    expect((await grace.post('/queues/analytics/purge', { token })).status).toBe(409);
    expect((await ada.post('/queues/analytics/purge', { token })).body).toEqual({ deleted: 3 });
    expect((await ada.post('/queues/analytics/purge', { token })).status).toBe(409);
    expect(await statsOf('analytics')).toMatchObject({ pending: 0 });
  });

  it('keeps in the audit log who did what', async () => {
    await ada.post('/queues/email/pause');
    await grace.post('/queues/email/resume');
    const entries = (await ada.get('/audit')).body['entries'];
    expect(entries).toMatchObject([
      { actor: 'grace', action: 'queue:resume', outcome: 'done', after: { isPaused: false } },
      { actor: 'grace', action: 'queue:resume', outcome: 'requested', before: { isPaused: true } },
      { actor: 'ada', action: 'queue:pause', outcome: 'done' },
      { actor: 'ada', action: 'queue:pause', outcome: 'requested' },
    ]);
  });
});

describe('the live events', () => {
  it('come from all processes, and a page that was away gets what it missed', async () => {
    const isLastMail = () => {
      let mails = 0;
      return ({ type, what }: { type: string; what: string }) =>
        type === 'email.send' && what === 'job:completed' && ++mails === 2;
    };
    const [steady, leaving] = await Promise.all([
      LivePage.open(newsroom.url, ada),
      LivePage.open(newsroom.url, grace),
    ]);
    const all = steady.readTo(isLastMail());
    const first = leaving.readTo(({ type, what }) => type === 'ai.seo.optimize' && what === 'job:started');
    await ada.post('/articles', BRIDGE);
    await Promise.all([all, first]);

    const back = await LivePage.open(newsroom.url, grace, leaving.lastEventId);
    await back.readTo(isLastMail());
    const [hello, ...missed] = back.events;
    expect(hello?.event).toBe('hello');
    expect([...leaving.events.slice(1), ...missed]).toEqual(steady.events.slice(1));
    // Added by the first process, run by the second and the third.
    const ran = steady.events.filter(({ what }) => what === 'job:completed').map(({ type }) => type);
    expect(ran).toEqual(expect.arrayContaining(['workflow.dispatch', 'ai.translate', 'email.send']));
  });
});

describe('the processes', () => {
  it('finish what they have in hand when they are told to end', async () => {
    await ada.post('/articles', BRIDGE);
    expect(await newsroom.stop()).toBe(0);
    for (const pid of Object.values(newsroom.workers)) expect(isAlive(pid)).toBe(false);
  });

  it('do not outlive a newsroom that was killed', async () => {
    expect(await newsroom.stop('SIGKILL')).toBeNull();
    for (const pid of Object.values(newsroom.workers)) {
      await expect.poll(() => isAlive(pid), PATIENCE).toBe(false);
    }
  });
});

function codeOf(body: Record<string, unknown>): unknown {
  const { error } = body;
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
