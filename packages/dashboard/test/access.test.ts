import { describe, expect, it } from 'vitest';
import { PERMISSIONS, type Permission, ROLE_PERMISSIONS } from '../src/access/permissions.ts';
import type { Principal } from '../src/index.ts';
import { createDashboardHandler } from '../src/index.ts';
import { API_ROUTES, UI_ROUTES } from '../src/routes.ts';
import { basic, createDashboard, createSources, FROM_OWN_PAGE } from './harness.ts';
import { addNotificationJob } from './seed.ts';

async function code(response: Response): Promise<[number, unknown]> {
  return [response.status, ((await response.json()) as { code?: unknown }).code];
}

describe('a dashboard without any option', () => {
  it('lets in this machine', async () => {
    const { ask } = createDashboard();
    expect((await ask('/api/me')).status).toBe(200);
  });

  it.each([
    ['another machine', { remoteAddress: '192.168.0.7' }],
    ['an unknown socket', { remoteAddress: '' }],
    ['a proxy on this machine', { headers: { 'x-forwarded-for': '203.0.113.9' } }],
    ['a proxy that claims to come from here', { headers: { 'x-forwarded-for': '127.0.0.1' } }],
    ['a standard proxy', { headers: { forwarded: 'for=127.0.0.1' } }],
    ['a rebound name', { headers: { host: 'evil.example' } }],
    ['the address of this machine in the network', { headers: { host: '192.168.0.2:3000' } }],
  ])('refuses %s, on every route', async (_who, options) => {
    const { ask } = createDashboard();
    for (const route of [...API_ROUTES, ...UI_ROUTES]) {
      const path = route.path.replace(/\*\*(:\w+)?|:\w+/g, 'x');
      const response = await ask(path, { method: route.method, ...options });
      expect(await code(response), `${route.method} ${path}`).toEqual([403, 'FORBIDDEN']);
    }
  });

  it('refuses everyone in production, says so, and warned once at the start', async () => {
    const { ask, warnings } = createDashboard({ environment: 'production' });
    const response = await ask('/api/me');
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      message: expect.stringContaining('`auth` or `authorize`'),
    });
    await ask('/');
    expect(warnings).toHaveLength(1);
  });

  it('opens only when told dangerously, and warns of it', async () => {
    const { ask, warnings } = createDashboard({ dangerouslyAllowAnonymous: true, environment: 'production' });
    expect(
      (await ask('/api/me', { remoteAddress: '203.0.113.9', headers: { host: 'x.example' } })).status,
    ).toBe(200);
    expect(warnings).toHaveLength(1);
  });

  it('stays closed with auth that is not enabled', async () => {
    const { ask } = createDashboard({ auth: { enabled: false, username: 'admin', password: 'secret' } });
    expect((await ask('/api/me', { remoteAddress: '192.168.0.7' })).status).toBe(403);
    expect((await ask('/api/me')).status).toBe(200);
  });
});

describe('auth', () => {
  const auth = { enabled: true, username: 'admin', password: 'se:cret' };

  it('asks for the password, also on pages and files', async () => {
    const { ask } = createDashboard({ auth });
    for (const path of ['/', '/api/stats', '/assets/x.js', '/api/nothing', '/api/stream']) {
      const response = await ask(path);
      expect(await code(response)).toEqual([401, 'UNAUTHENTICATED']);
      expect(response.headers.get('www-authenticate')).toBe('Basic realm="TownKrier", charset="UTF-8"');
    }
  });

  it('takes the right one, with its colon, and makes an admin of it', async () => {
    const { ask } = createDashboard({ auth });
    const response = await ask('/api/me', { headers: basic('admin', 'se:cret') });
    expect(await response.json()).toMatchObject({ principal: { id: 'admin', role: 'admin' } });
  });

  it('refuses a wrong one, and after five waits a minute, however right the sixth', async () => {
    const { ask, clock } = createDashboard({ auth });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect((await ask('/api/me', { headers: basic('admin', `guess-${attempt}`) })).status).toBe(401);
    }
    const locked = await ask('/api/me', { headers: basic('admin', 'se:cret') });
    expect(await code(locked)).toEqual([429, 'RATE_LIMITED']);
    expect(locked.headers.get('retry-after')).toBe('60');
    expect((await ask('/api/me', { headers: basic('admin', 'se:cret'), remoteAddress: '::1' })).status).toBe(
      200,
    );
    await clock.advance(60_000);
    expect((await ask('/api/me', { headers: basic('admin', 'se:cret') })).status).toBe(200);
  });

  it('does not count a browser that has not been asked yet as a failed login', async () => {
    const { ask } = createDashboard({ auth });
    for (let attempt = 0; attempt < 20; attempt += 1) await ask('/');
    expect((await ask('/api/me', { headers: basic('admin', 'se:cret') })).status).toBe(200);
  });

  it('does not ask for a password over plain http from another machine', async () => {
    const { ask } = createDashboard({ auth });
    const response = await ask('/api/me', {
      remoteAddress: '192.168.0.7',
      headers: basic('admin', 'se:cret'),
    });
    expect(response.status).toBe(403);
    expect(response.headers.has('www-authenticate')).toBe(false);
  });

  it('does over TLS, and over plain http when allowed', async () => {
    const remote = { remoteAddress: '192.168.0.7', headers: basic('admin', 'se:cret') };
    const strict = createDashboard({ auth });
    expect((await strict.ask('/api/me', { ...remote, isSecure: true })).status).toBe(200);
    const loose = createDashboard({ auth, allowInsecureAuth: true });
    expect((await loose.ask('/api/me', remote)).status).toBe(200);
  });
});

describe('authorize', () => {
  it('is given the request of the host, and decides who it is', async () => {
    const user = { user: 'grace' };
    const { ask } = createDashboard({
      authorize: (request) => (request === user ? { id: 'grace', name: 'Grace', role: 'operator' } : false),
    });
    const response = await ask('/api/me', { native: user, remoteAddress: '203.0.113.9' });
    expect(await response.json()).toMatchObject({
      principal: { id: 'grace', name: 'Grace', role: 'operator' },
    });
    expect((await ask('/api/me', { native: {} })).status).toBe(403);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('session store is down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('session store is down'))],
    ['answers true', () => true as never],
    ['answers undefined', () => undefined as never],
    ['answers a text', () => 'admin' as never],
    ['answers someone without an id', () => ({ role: 'admin' }) as never],
  ])('refuses when it %s', async (_what, authorize) => {
    const { ask } = createDashboard({ authorize });
    const response = await ask('/api/me');
    expect(response.status).toBe(403);
    expect(await response.text()).not.toContain('session store');
  });

  it('makes a viewer of someone without role or permissions', async () => {
    const { ask } = createDashboard({ authorize: () => ({ id: 'x' }) });
    expect(await (await ask('/api/me')).json()).toMatchObject({
      principal: { role: 'viewer' },
      permissions: [...ROLE_PERMISSIONS.viewer],
    });
  });

  it('refuses a role nobody knows', async () => {
    const { ask } = createDashboard({ authorize: () => ({ id: 'x', role: 'root' as never }) });
    expect((await ask('/api/me')).status).toBe(403);
  });
});

describe('every route for every role', () => {
  const roles: readonly Principal[] = [
    { id: 'nobody', permissions: [] },
    { id: 'viewer', role: 'viewer' },
    { id: 'operator', role: 'operator' },
    { id: 'admin', role: 'admin' },
    ...PERMISSIONS.map((permission) => ({ id: `only ${permission}`, permissions: [permission] })),
  ];
  const cases = [...API_ROUTES, ...UI_ROUTES].flatMap((route) =>
    roles.flatMap((principal) => [
      { route, principal, readOnly: false, name: `${route.method} ${route.path} as ${principal.id}` },
      {
        route,
        principal,
        readOnly: true,
        name: `${route.method} ${route.path} as ${principal.id}, read-only`,
      },
    ]),
  );

  function isAllowed(permission: Permission | 'any', principal: Principal, readOnly: boolean): boolean {
    if (permission === 'any') return true;
    const granted: readonly Permission[] =
      principal.permissions ?? ROLE_PERMISSIONS[principal.role ?? 'viewer'];
    return granted.includes(permission) && !(readOnly && !permission.endsWith(':read'));
  }

  it.each(cases)('$name', async ({ route, principal, readOnly }) => {
    const { ask, dashboard } = createDashboard({ authorize: () => principal, readOnly });
    const path = route.path.replace(/\*\*(:\w+)?|:\w+/g, 'x');
    const response = await ask(path, { method: route.method });
    // An event stream needs no permission to be asked for, but one for each topic.
    const hasTopics = ['stats:read', 'jobs:read', 'logs:read'].some((permission) =>
      isAllowed(permission as Permission, principal, readOnly),
    );
    const isLetIn =
      route.path === '/api/stream' ? hasTopics : isAllowed(route.permission, principal, readOnly);
    if (isLetIn) expect([200, 404, 503]).toContain(response.status);
    else expect(response.status).toBe(403);
    dashboard.close();
    await response.body?.cancel();
  });

  it('asks for a permission that changes something wherever something is changed', () => {
    for (const route of API_ROUTES.filter(({ method }) => method !== 'GET')) {
      expect(route.permission, route.path).toMatch(/^jobs:(retry|cancel|delete)$/);
    }
  });
});

describe('readOnly', () => {
  it('may decide by request, and takes the rights away when it throws', async () => {
    const { ask } = createDashboard({
      authorize: () => ({ id: 'x', role: 'admin' }),
      readOnly: (request) => {
        if (request === 'throws') throw new Error('no');
        return request === 'yes';
      },
    });
    const readOnly = async (native: string) =>
      ((await (await ask('/api/me', { native })).json()) as { readOnly: boolean }).readOnly;
    expect(await readOnly('yes')).toBe(true);
    expect(await readOnly('no')).toBe(false);
    expect(await readOnly('throws')).toBe(true);
  });
});

describe('changes', () => {
  it('are refused when another site asks for them, on every route that changes something', async () => {
    const { ask } = createDashboard();
    for (const route of API_ROUTES.filter(({ method }) => method !== 'GET')) {
      const path = route.path.replace(':id', 'x');
      for (const site of ['cross-site', 'same-site', 'none']) {
        const headers = { ...FROM_OWN_PAGE, 'sec-fetch-site': site };
        expect((await ask(path, { method: route.method, headers })).status).toBe(403);
      }
    }
  });

  it('are made from the page and from the command line', async () => {
    const { ask, ...sources } = createDashboard();
    for (const headers of [FROM_OWN_PAGE, {}]) {
      const job = await addNotificationJob(sources);
      expect((await ask(`/api/jobs/${job.id}`, { method: 'DELETE', headers })).status).toBe(200);
    }
  });

  it('never happen by GET', async () => {
    const { ask, ...sources } = createDashboard();
    const job = await addNotificationJob(sources);
    for (const action of ['retry', 'cancel']) {
      expect((await ask(`/api/jobs/${job.id}/${action}`)).status).toBe(405);
    }
    expect((await sources.queueManager.getJob(job.id))?.status).toBe('pending');
  });

  it('are limited a minute for each principal', async () => {
    const { ask, clock } = createDashboard({
      authorize: (request) => ({ id: String(request), role: 'admin' }),
      limits: { changesPerMinute: 2 },
    });
    const change = (native: string) => ask('/api/jobs/nope', { method: 'DELETE', native });
    expect((await change('a')).status).toBe(404);
    expect((await change('a')).status).toBe(404);
    const limited = await change('a');
    expect(await code(limited)).toEqual([429, 'RATE_LIMITED']);
    expect(limited.headers.get('retry-after')).toBe('60');
    expect((await change('b')).status).toBe(404);
    await clock.advance(60_000);
    expect((await change('a')).status).toBe(404);
  });
});

describe('options', () => {
  const { queueManager, storageManager } = createSources();
  const good = { queueManager, storageManager, onWarning: () => {} };
  const strong = { username: 'admin', password: 'correct horse battery' };

  it.each([
    ['an empty name', { auth: { enabled: true, username: '', password: 'x' } }, 'auth.username'],
    ['an empty password', { auth: { enabled: true, username: 'admin', password: '' } }, 'auth.password'],
    ['a name with a colon', { auth: { enabled: true, username: 'a:b', password: 'x' } }, 'colon'],
    ['no password', { auth: { enabled: true, username: 'admin' } }, 'auth.password'],
    ['a misspelt option', { athorize: () => false }, 'athorize'],
    ['a misspelt option of auth', { auth: { ...strong, pasword: 'x' } }, 'pasword'],
    ['a limit of zero', { limits: { changesPerMinute: 0 } }, 'limits.changesPerMinute'],
    [
      'a limit that is no number',
      { limits: { streamsPerPrincipal: Number.NaN } },
      'limits.streamsPerPrincipal',
    ],
    ['a policy in place of an origin', { frameAncestors: ['*; script-src *'] }, 'frameAncestors'],
    ['a public path that is none', { publicPath: 'dashboard' }, 'publicPath'],
    ['no queue manager', { queueManager: undefined }, 'queueManager'],
    ['something else as storage manager', { storageManager: {} }, 'storageManager'],
    ['two ways in', { auth: strong, authorize: () => false as const }, 'auth and authorize'],
    [
      'an open door with a lock',
      { auth: strong, dangerouslyAllowAnonymous: true },
      'dangerouslyAllowAnonymous',
    ],
  ])('refuses %s', (_what, options, named) => {
    // Callers without types make these mistakes; types would not let them be written here.
    const create = () => createDashboardHandler({ ...good, ...options } as never);
    expect(create).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(create).toThrow(named);
  });

  it.each([
    ['short', 'secret'],
    ['the name with something added', 'admin-admin-admin'],
  ])('refuses a weak password in production (%s), without repeating it', (_what, password) => {
    const create = () =>
      createDashboardHandler({ ...good, auth: { username: 'admin', password }, environment: 'production' });
    expect(create).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(create).not.toThrow(password === 'secret' ? 'secret' : 'admin-admin');
  });

  it('takes the weak password of the guide while developing', () => {
    const auth = { enabled: true, username: 'admin', password: 'secret' };
    expect(() => createDashboardHandler({ ...good, auth, environment: 'development' })).not.toThrow();
  });
});
