import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { RateLimit } from '../src/owner/rate-limit.ts';
import { LivePage } from './live-page.ts';
import { RunningNewsroom } from './running-newsroom.ts';

const PAGE = fileURLToPath(new URL('../page/', import.meta.url));

let newsroom: RunningNewsroom | undefined;
afterEach(async () => {
  await newsroom?.discard();
  newsroom = undefined;
});

describe('the owners’ API', () => {
  it('lets nobody in where no owners are set', async () => {
    newsroom = await RunningNewsroom.start({ OWNERS: '' });
    const stranger = newsroom.stranger(newsroom.tokenOf('ada'));
    for (const path of ['/queues', '/dead-letters', '/audit', '/articles/bridge', '/me', '/receiver']) {
      expect([path, (await stranger.get(path)).status]).toEqual([path, 401]);
    }
    for (const path of [
      '/articles',
      '/queues/ai/pause',
      '/queues/ai/purge',
      '/dead-letters/clear',
      '/receiver',
    ]) {
      expect([path, (await stranger.post(path)).status]).toEqual([path, 401]);
    }
    expect((await LivePage.open(newsroom.url, stranger)).status).toBe(401);
    expect((await stranger.post('/session', { token: newsroom.tokenOf('ada') })).status).toBe(401);
  });

  it('takes no body that a form of another site could send', async () => {
    newsroom = await RunningNewsroom.start();
    const ada = newsroom.owner('ada');
    expect((await ada.post('/queues/ai/pause', {}, 'text/plain')).status).toBe(415);
    expect((await ada.post('/queues/ai/pause')).status).toBe(200);
  });

  it('signs owners in with a cookie that scripts cannot read, and out again with the streams they opened', async () => {
    newsroom = await RunningNewsroom.start();
    const { headers } = await newsroom.stranger().post('/session', { token: newsroom.tokenOf('grace') });
    const [cookie = '', ...attributes] = (headers.get('set-cookie') ?? '').split('; ');
    expect(attributes).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Strict']));
    expect(cookie).not.toContain(newsroom.tokenOf('grace'));

    const signedIn = { cookie };
    const url = `${newsroom.url}/api`;
    expect(await (await fetch(`${url}/me`, { headers: signedIn })).json()).toEqual({ owner: 'grace' });
    const live = await fetch(`${url}/live`, { headers: signedIn });
    const post = { method: 'POST', headers: { ...signedIn, 'content-type': 'application/json' }, body: '{}' };
    await fetch(`${url}/session/end`, post);
    expect(await live.text()).toContain('event: hello');
    expect((await fetch(`${url}/me`, { headers: signedIn })).status).toBe(401);
  });

  it('hears out an address ten times a minute', async () => {
    newsroom = await RunningNewsroom.start();
    const stranger = newsroom.stranger();
    for (let i = 0; i < 10; i++)
      expect((await stranger.post('/session', { token: 'a guess' })).status).toBe(401);
    const { status, headers } = await stranger.post('/session', { token: 'a guess' });
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('lets each owner delete so often a minute', async () => {
    newsroom = await RunningNewsroom.start({ DESTRUCTIVE_ACTIONS_PER_MINUTE: '2' });
    const ada = newsroom.owner('ada');
    for (let i = 0; i < 3; i++) await ada.post('/login-codes', { subscriber: 'nobody' });
    const letters = await ada.deadLetters(3);
    const statuses: number[] = [];
    for (const { jobId } of letters) statuses.push((await ada.post(`/dead-letters/${jobId}/delete`)).status);
    expect(statuses).toEqual([200, 200, 429]);
    const [left] = await ada.deadLetters(1);
    expect((await newsroom.owner('grace').post(`/dead-letters/${left?.jobId}/delete`)).status).toBe(200);
  });

  it('names what is wrong with a request, and nothing of itself', async () => {
    newsroom = await RunningNewsroom.start();
    const ada = newsroom.owner('ada');
    const answers = [
      await ada.post('/articles', { id: '../etc', title: '', topic: 'gossip' }),
      await ada.post('/queues/nothing/purge'),
      await ada.post('/dead-letters/nothing/replay'),
      await ada.get('/dead-letters?limit=1000000'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 404, 404, 400]);
    for (const { body } of answers) expect(JSON.stringify(body)).not.toMatch(/\.ts|node_modules|at \w+ \(/);
  });
});

describe('the page', () => {
  it('is what its policy allows: files of its own, with no script or style in them', async () => {
    newsroom = await RunningNewsroom.start();
    const response = await fetch(newsroom.url);
    expect(response.headers.get('content-security-policy')).toContain(
      "default-src 'none'; script-src 'self'",
    );
    const html = await response.text();
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?:\/\//i);
    for (const [, file] of html.matchAll(/(?:src|href)="([^"#]+)"/g)) {
      expect([file, (await fetch(new URL(String(file), newsroom.url))).status]).toEqual([file, 200]);
    }
  });

  it('makes no markup of what it is told', () => {
    const scripts = readdirSync(PAGE).filter((name) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    for (const name of scripts) {
      expect(readFileSync(`${PAGE}${name}`, 'utf8')).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write/,
      );
    }
  });
});

describe('a rate limit', () => {
  it('gives a key so many times a minute, and says how long the next one takes', () => {
    let now = 0;
    const limit = new RateLimit(2, () => now);
    expect([limit.take('ada'), limit.take('ada')]).toEqual([0, 0]);
    now = 10_000;
    expect(limit.take('ada')).toBe(50_000);
    expect(limit.take('grace')).toBe(0);
    now = 60_000;
    expect(limit.take('ada')).toBe(0);
  });
});
