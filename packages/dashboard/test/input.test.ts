import { describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../src/http/body.ts';
import { API_ROUTES } from '../src/routes.ts';
import { createDashboard } from './harness.ts';
import { addNotificationJob } from './seed.ts';

const NUMBERS = ['NaN', '-1', '1.5', '1e3', '0x10', 'Infinity', ' 1', '99999999999999999999', 'ten', '١'];

describe('bad query parameters', () => {
  it.each([
    ...['/api/jobs', '/api/logs'].flatMap((path) => [
      ...NUMBERS.map((value) => [path, 'limit', value]),
      ...NUMBERS.map((value) => [path, 'offset', value]),
      [path, 'limit', '0'],
      [path, 'limit', '201'],
      [path, 'offset', '100000001'],
      [path, 'status', 'lost'],
      [path, 'status', 'pending,lost'],
      [path, 'status', ','],
      [path, 'nonsense', '1'],
      [path, '__proto__', '1'],
      [path, 'limit[]', '1'],
    ]),
    ['/api/jobs', 'order', 'sideways'],
    ['/api/jobs', 'queue', 'x'.repeat(321)],
    ['/api/jobs', 'tag', 'a\u0000b'],
    ['/api/logs', 'sortBy', 'recipient'],
    ['/api/logs', 'sortBy', 'constructor'],
    ['/api/logs', 'sortOrder', 'DESC'],
    ['/api/logs', 'startDate', 'yesterday'],
    ['/api/logs', 'startDate', '2026-13-45'],
    ['/api/logs', 'endDate', '2026-02-30T00:00:00Z'],
    ['/api/logs', 'endDate', '0'],
    ['/api/logs', 'recipient', 'x'.repeat(10_000)],
    ['/api/metrics/timeseries', 'range', '9999d'],
    ['/api/metrics/timeseries', 'range', 'toString'],
    ['/api/health', 'deep', 'yes'],
    ['/api/stream', 'topics', 'everything'],
    ['/api/stream', 'job', 'x'.repeat(201)],
    ['/api/stats', 'nonsense', '1'],
  ])('%s answers 400 to %s=%j and names it', async (path, name, value) => {
    const { ask, failures } = createDashboard();
    const response = await ask(`${path}?${new URLSearchParams({ [name ?? '']: value ?? '' })}`);
    expect(response.status).toBe(400);
    const body = await response.text();
    expect(JSON.parse(body).code).toBe('INVALID_INPUT');
    expect(body).toContain(name);
    expect(failures).toEqual([]);
  });

  it('answers 400 to a parameter given twice', async () => {
    const { ask } = createDashboard();
    const response = await ask('/api/jobs?limit=1&limit=2');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ issues: [{ path: 'limit' }] });
  });

  it('answers 400 to a period that ends before it begins', async () => {
    const { ask } = createDashboard();
    expect((await ask('/api/logs?startDate=2026-11-23&endDate=2026-11-21')).status).toBe(400);
  });

  it('names every wrong parameter at once', async () => {
    const { ask } = createDashboard();
    const response = await ask('/api/jobs?limit=x&offset=y');
    expect(await response.json()).toMatchObject({ issues: [{ path: 'limit' }, { path: 'offset' }] });
  });
});

describe('bad paths', () => {
  it.each(['/api/jobs/%', '/api/jobs/%E0%A4%A', '/api/logs/%ff'])('%s answers 400', async (path) => {
    const { ask } = createDashboard();
    expect((await ask(path)).status).toBe(400);
  });

  it('answers 400 to an id that is too long', async () => {
    const { ask } = createDashboard();
    expect((await ask(`/api/jobs/${'x'.repeat(201)}`)).status).toBe(400);
  });

  it.each([
    '/api',
    '/api/',
    '/api/nothing',
    '/api/jobs/x/y/z',
    '/api/jobs/x/destroy',
    '/api/..%2f..%2fetc',
    '/assets/..%2f..%2fpackage.json',
    '/assets/nope.js',
  ])('%s answers 404 as JSON, not with the page', async (path) => {
    const { ask } = createDashboard();
    const response = await ask(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('methods', () => {
  it.each(['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE', 'PROPFIND'])(
    '%s on a list answers 405 and says what is allowed',
    async (method) => {
      const { ask } = createDashboard();
      const response = await ask('/api/jobs', { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET');
    },
  );

  it('names all methods of a path', async () => {
    const { ask } = createDashboard();
    expect((await ask('/api/jobs/x', { method: 'PUT' })).headers.get('allow')).toBe('GET, DELETE');
  });

  it('has no CORS, not even for a preflight', async () => {
    const { ask } = createDashboard();
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'DELETE' };
    const response = await ask('/api/jobs/x', { method: 'OPTIONS', headers });
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('bodies', () => {
  const changes = API_ROUTES.filter(({ method }) => method !== 'GET');
  const send = async (body: string, contentType = 'application/json') => {
    const { ask, ...sources } = createDashboard();
    const job = await addNotificationJob(sources);
    const headers = { 'content-type': contentType };
    return await ask(`/api/jobs/${job.id}/cancel`, { method: 'POST', headers, body });
  };

  it('may be an empty object, with or without a charset', async () => {
    expect((await send('{}')).status).toBe(200);
    expect((await send('{}', 'Application/JSON; charset=utf-8')).status).toBe(200);
  });

  it.each(['[]', '"x"', 'null', '{"force":true}', '{', 'undefined', '\ufeff{}x'])(
    'answer 400 to %s',
    async (body) => {
      expect((await send(body)).status).toBe(400);
    },
  );

  it('answer 400 to nesting without end', async () => {
    const response = await send('['.repeat(10_000) + ']'.repeat(10_000));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('nesting');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/json',
  ])('answer 415 to %s, which a form of another site could send', async (contentType) => {
    expect((await send('{}', contentType)).status).toBe(415);
  });

  it.each(changes)('of more than 256 kB answer 413 to $method $path', async ({ method, path }) => {
    const { ask } = createDashboard();
    const response = await ask(path.replace(':id', 'x'), {
      method,
      headers: { 'content-type': 'application/json' },
      body: `{"x":"${'y'.repeat(MAX_BODY_BYTES)}"}`,
    });
    expect(response.status).toBe(413);
    expect(response.headers.get('connection')).toBe('close');
  });
});
