import { Agent, request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Express, RequestHandler } from 'express';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createDashboardRouter, type DashboardRouter, type DashboardRouterOptions } from '../src/index.ts';
import * as responses from '../src/responses.ts';
import { basic, createSources, FROM_OWN_PAGE, type Sources, serve } from './harness.ts';
import { raw, statusOf, stripPrefix } from './plain-http.ts';
import { ADA, addNotificationJob, failJob, logRow } from './seed.ts';
import { createUiFixture } from './ui-fixture.ts';

/** A version of Express to mount the router in. */
export interface ExpressVersion {
  readonly createApp: () => Express;
  readonly json: () => RequestHandler;
}

interface MountOptions extends Partial<DashboardRouterOptions> {
  readonly mount?: string;
  readonly before?: readonly RequestHandler[];
}

/** What the dashboard does behind a host, over real HTTP. */
export function hostContract({ createApp, json }: ExpressVersion): void {
  const ui = createUiFixture();
  afterAll(ui.remove);
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((close) => close()));
  });

  async function mount({ mount = '/dashboard', before = [], ...options }: MountOptions = {}): Promise<{
    url: string;
    app: Express;
    router: DashboardRouter;
    sources: Sources;
  }> {
    const sources = createSources();
    const { queueManager, storageManager, clock } = sources;
    const router = createDashboardRouter({
      queueManager,
      storageManager,
      clock,
      uiDirectory: ui.directory,
      ...options,
    });
    const app = createApp();
    for (const handler of before) app.use(handler);
    app.use(mount, router);
    const { url, close } = await serve(app);
    open.push(async () => {
      router.close();
      await close();
    });
    return { url: url + (mount === '/' ? '' : mount), app, router, sources };
  }

  async function mountBehind(mountPath: string, prefix: string): Promise<string> {
    const { url } = await mount({ mount: mountPath, authorize: () => ({ id: 'x', role: 'admin' }) });
    if (prefix === '') return url;
    const proxy = await serve(stripPrefix(prefix, new URL(url).origin));
    open.push(proxy.close);
    return proxy.url + prefix + (mountPath === '/' ? '' : mountPath);
  }

  describe('the endpoints of the seeds', () => {
    it('answer in the shapes of the seeds', async () => {
      const { url, sources } = await mount();
      const job = await addNotificationJob(sources);
      await failJob(sources, new Error('boom'));
      const log = await logRow(sources);
      const get = async (path: string): Promise<unknown> => {
        const response = await fetch(url + path);
        expect(response.status, path).toBe(200);
        return await response.json();
      };
      responses.statsSchema.parse(await get('/api/stats'));
      responses.healthSchema.parse(await get('/api/health'));
      const jobs = responses.jobListSchema.parse(await get('/api/jobs?status=failed&limit=50&offset=0'));
      expect(jobs.jobs.map(({ id }) => id)).toEqual([job.id]);
      responses.jobDetailSchema.parse(await get(`/api/jobs/${job.id}`));
      const logs = responses.logListSchema.parse(
        await get('/api/logs?channel=email&status=sent&limit=50&offset=0'),
      );
      expect(logs.logs.map(({ id }) => id)).toEqual([log.id]);
      responses.logDetailSchema.parse(await get(`/api/logs/${log.id}`));
    });

    it('change jobs as plain requests without a body, as with curl', async () => {
      const { url, sources } = await mount();
      const job = await addNotificationJob(sources);
      await failJob(sources, new Error('boom'));
      const retry = await fetch(`${url}/api/jobs/${job.id}/retry`, { method: 'POST' });
      expect(await retry.json()).toMatchObject({ success: true, jobId: job.id });
      const remove = await fetch(`${url}/api/jobs/${job.id}`, { method: 'DELETE' });
      expect(await remove.json()).toMatchObject({ success: true, jobId: job.id });
      expect((await fetch(`${url}/api/jobs/${job.id}`)).status).toBe(404);
    });

    it('refuse to retry a completed job with 409', async () => {
      const { url, sources } = await mount();
      const job = await addNotificationJob(sources);
      const worker = sources.adapter.work(() => undefined);
      await sources.clock.advance(100);
      await worker.stop();
      const response = await fetch(`${url}/api/jobs/${job.id}/retry`, { method: 'POST' });
      expect(response.status).toBe(409);
      expect(await response.json()).toMatchObject({ code: 'CONFLICT', jobId: job.id });
    });
  });

  describe('a host with a body parser of its own', () => {
    it('may have read the body before', async () => {
      const { url, sources } = await mount({ before: [json()] });
      const job = await addNotificationJob(sources);
      const post = (body: string) =>
        fetch(`${url}/api/jobs/${job.id}/cancel`, {
          method: 'POST',
          headers: { ...FROM_OWN_PAGE, 'content-type': 'application/json' },
          body,
        });
      expect((await post('{"force":true}')).status).toBe(400);
      expect((await post('{}')).status).toBe(200);
    });

    it('may have looked for a body where there was none', async () => {
      const { url, sources } = await mount({ before: [json()] });
      const job = await addNotificationJob(sources);
      expect((await fetch(`${url}/api/jobs/${job.id}/cancel`, { method: 'POST' })).status).toBe(200);
    });
  });

  describe('bodies', () => {
    it('of more than 256 kB are refused with 413 before they are read whole', async () => {
      const { url } = await mount();
      const response = await fetch(`${url}/api/jobs/x/cancel`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"x":"${'y'.repeat(300_000)}"}`,
      });
      expect(response.status).toBe(413);
    });

    it('without a length are counted as they come', async () => {
      const { url } = await mount();
      const stream = new ReadableStream({
        pull: (controller) => controller.enqueue(new TextEncoder().encode(' '.repeat(64 * 1024))),
      });
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: stream, duplex: 'half' as const };
      const outcome = await fetch(`${url}/api/jobs/x/cancel`, init).then(
        ({ status }) => status,
        // The server may hang up on what is still being sent before the client has read the answer.
        () => 413,
      );
      expect(outcome).toBe(413);
    });
  });

  describe('requests out of the ordinary', () => {
    it('by TRACE, which the Fetch API does not know, are answered 405', async () => {
      const { url } = await mount();
      const response = await raw(`${url}/api/jobs`, { host: 'localhost' }, 'TRACE');
      expect(response.statusCode).toBe(405);
      expect(response.headers.allow).toBe('GET');
      expect(response.headers['content-security-policy']).toMatch(/^default-src 'none'/);
    });

    it('leave the connection usable when their body was not wanted', async () => {
      const { url } = await mount();
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const refused = { agent, method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } };
      expect(await statusOf(`${url}/api/jobs/x/retry`, refused, 'x'.repeat(100_000))).toBe(403);
      expect(await statusOf(`${url}/api/health`, { agent })).toBe(200);
      agent.destroy();
    });

    it("that are cut in the middle of their body are nobody's fault", async () => {
      const failures: unknown[] = [];
      const { url } = await mount({ onError: ({ error }) => failures.push(error) });
      for (const path of ['/api/jobs/x/retry', '/api/nothing']) {
        const headers = { 'content-type': 'application/json', 'content-length': '1000' };
        const request = httpRequest(url + path, { method: 'POST', headers, agent: false });
        const closed = new Promise((resolve) => request.on('error', resolve).on('close', resolve));
        request.on('response', (response) => response.resume());
        request.write('{', () => request.destroy());
        await closed;
      }
      expect((await fetch(`${url}/api/health`)).status).toBe(200);
      expect(failures).toEqual([]);
    });
  });

  describe('access', () => {
    it('without options is for this machine only, and not for what a proxy passes on', async () => {
      const { url } = await mount();
      expect((await fetch(`${url}/api/me`)).status).toBe(200);
      expect((await fetch(`${url}/api/me`, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(
        403,
      );
      expect((await raw(`${url}/api/me`, { host: 'evil.example' })).statusCode).toBe(403);
    });

    it('takes the password of the seeds', async () => {
      const { url } = await mount({ auth: { enabled: true, username: 'admin', password: 'secret' } });
      expect((await fetch(`${url}/api/stats`)).status).toBe(401);
      expect((await fetch(`${url}/api/stats`, { headers: basic('admin', 'nope') })).status).toBe(401);
      expect((await fetch(`${url}/api/stats`, { headers: basic('admin', 'secret') })).status).toBe(200);
    });

    it("hands the host's own request to authorize", async () => {
      const withUser: RequestHandler = (req, _res, next) => {
        Object.assign(req, { user: { id: 'grace' } });
        next();
      };
      const { url } = await mount({
        before: [withUser],
        authorize: (req) => ('user' in req ? { id: 'grace', role: 'operator' } : false),
      });
      expect(await (await fetch(`${url}/api/me`)).json()).toMatchObject({ principal: { id: 'grace' } });
    });
  });

  describe('headers', () => {
    it('of the host app do not loosen ours, and ours do not leave the mount', async () => {
      const loose: RequestHandler = (_req, res, next) => {
        res.setHeader('content-security-policy', 'default-src *');
        res.setHeader('x-frame-options', 'SAMEORIGIN');
        next();
      };
      const { url, app } = await mount({ before: [loose] });
      app.get('/other', (_req, res) => void res.send('other'));
      const inside = await fetch(`${url}/api/stats`);
      expect(inside.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
      expect(inside.headers.get('x-frame-options')).toBe('DENY');
      expect(inside.headers.has('x-powered-by')).toBe(false);
      const outside = await fetch(new URL('/other', url));
      expect(outside.headers.get('content-security-policy')).toBe('default-src *');
    });

    it('leave the settings of the host app alone', async () => {
      const app = createApp();
      const before = { engine: app.get('view engine'), views: app.get('views'), etag: app.get('etag') };
      const { queueManager, storageManager } = createSources();
      const router = createDashboardRouter({ queueManager, storageManager });
      app.use('/x', router);
      expect({ engine: app.get('view engine'), views: app.get('views'), etag: app.get('etag') }).toEqual(
        before,
      );
      router.close();
    });
  });

  describe('the event stream', () => {
    it('brings events as they happen and ends when the router closes', async () => {
      const { url, router, sources } = await mount();
      const response = await fetch(`${url}/api/stream?topics=jobs`);
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let heard = '';
      const hear = async (what: string): Promise<void> => {
        while (!heard.includes(what)) heard += (await reader?.read())?.value ?? '';
      };
      await hear('event: hello');
      const job = await addNotificationJob(sources);
      await hear(`"jobId":"${job.id}"`);
      router.close();
      expect(await reader?.read()).toMatchObject({ done: true });
    });

    it('lets go of everything when the browser goes away', async () => {
      const { url, sources } = await mount();
      const idle = sources.clock.pendingTimers;
      const abort = new AbortController();
      const response = await fetch(`${url}/api/stream?topics=jobs`, { signal: abort.signal });
      await response.body?.getReader().read();
      expect(sources.clock.pendingTimers).toBeGreaterThan(idle);
      abort.abort();
      await expect.poll(() => sources.clock.pendingTimers).toBe(idle);
    });
  });

  describe.each([
    ['at the root', '/', ''],
    ['nested', '/admin/town/krier', ''],
    ['behind a proxy that strips a prefix', '/dashboard', '/outer/prefix'],
    ['at the root, behind a proxy that strips a prefix', '/', '/outer'],
  ])('mounted %s', (_where, mountPath, prefix) => {
    it.each(['', 'jobs', 'jobs/42', `jobs/${encodeURIComponent('3<b>/%ü')}`, 'logs/42', 'a/b/c/d', 'jobs/'])(
      'shows the page at %j with links that lead to its files',
      async (path) => {
        const base = await mountBehind(mountPath, prefix);
        const page = `${base}/${path}`;
        const response = await fetch(page);
        expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
        const html = await response.text();
        const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
        expect(links).toHaveLength(3);
        for (const link of links) {
          const target = new URL(link, page);
          expect(target.href.startsWith(`${base}/assets/`), target.href).toBe(true);
          expect((await fetch(target)).status).toBe(200);
        }
      },
    );

    it('answers the API there', async () => {
      const base = await mountBehind(mountPath, prefix);
      expect((await fetch(`${base}/api/stats`)).status).toBe(200);
      expect((await fetch(`${base}/api/nothing`)).status).toBe(404);
    });
  });

  it.each([
    ['nested', '/admin/town/krier', ''],
    ['behind a proxy that strips a prefix', '/dashboard', '/outer/prefix'],
  ])(
    'leads from a mount %s without a slash to the one with it, keeping the query',
    async (_where, mountPath, prefix) => {
      const base = await mountBehind(mountPath, prefix);
      const response = await fetch(`${base}?theme=dark`);
      expect(response.url).toBe(`${base}/?theme=dark`);
      expect(response.status).toBe(200);
    },
  );

  describe('the files of the page', () => {
    it('may be kept for ever, because their names say what is in them', async () => {
      const { url } = await mount();
      const response = await fetch(`${url}/assets/index-5e6f7a8b.js`);
      expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
      const etag = response.headers.get('etag') ?? '';
      const again = await fetch(`${url}/assets/index-5e6f7a8b.js`, { headers: { 'if-none-match': etag } });
      expect(again.status).toBe(304);
    });

    it.each([
      ['br, gzip', 'br'],
      ['gzip, deflate', 'gzip'],
      ['br;q=0, gzip;q=0.5', 'gzip'],
      ['identity', null],
    ])('are compressed for a browser that takes %s', async (accepted, encoding) => {
      const { url } = await mount();
      const path = `${url}/assets/index-5e6f7a8b.js`;
      const response = await raw(path, { 'accept-encoding': accepted });
      expect(response.headers['content-encoding'] ?? null).toBe(encoding);
      expect(response.headers.vary).toBe('accept-encoding');
      const decoded = await fetch(path, { headers: { 'accept-encoding': accepted } });
      expect(await decoded.text()).toContain('import.meta.url');
    });

    it('use the public path when it is given', async () => {
      const { url } = await mount({ publicPath: '/renamed/by/proxy' });
      const html = await (await fetch(`${url}/jobs/42`)).text();
      expect(html).toContain('src="/renamed/by/proxy/assets/index-5e6f7a8b.js"');
      const redirect = await fetch(url, { redirect: 'manual' });
      expect(redirect.headers.get('location')).toBe('/renamed/by/proxy/');
    });

    it('are told to be missing when they are not built, while the API works', async () => {
      const { url } = await mount({ uiDirectory: fileURLToPath(new URL('./nowhere', import.meta.url)) });
      const response = await fetch(`${url}/`);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ code: 'UI_NOT_BUILT' });
      expect((await fetch(`${url}/api/stats`)).status).toBe(200);
    });
  });

  it('shows nothing of a person in any list or detail over HTTP', async () => {
    const { url, sources } = await mount();
    const job = await addNotificationJob(sources);
    const log = await logRow(sources);
    for (const path of ['/api/jobs', `/api/jobs/${job.id}`, '/api/logs', `/api/logs/${log.id}`]) {
      const text = await (await fetch(url + path)).text();
      for (const value of [ADA.name, ADA.email, ADA.code]) expect(text, path).not.toContain(value);
    }
  });
}
