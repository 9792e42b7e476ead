import { describe, expect, it } from 'vitest';
import { createDashboard } from './harness.ts';
import { logRow } from './seed.ts';

const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

function expectStrict(response: Response, what: string): void {
  const headers = Object.fromEntries(response.headers);
  expect(headers, what).toMatchObject({
    'content-security-policy': PAGE_POLICY,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'x-robots-tag': 'noindex, nofollow',
  });
  expect(headers['cache-control'], what).toContain('no-store');
}

describe('the security headers', () => {
  it('are on every answer, errors included', async () => {
    const { ask, dashboard, queueManager } = createDashboard();
    const answers = {
      data: await ask('/api/stats'),
      page: await ask('/'),
      redirect: await ask('/', { originalPath: '/dashboard' }),
      notFound: await ask('/api/nothing'),
      badInput: await ask('/api/jobs?limit=x'),
      method: await ask('/api/jobs', { method: 'PUT' }),
      forbidden: await ask('/api/stats', { remoteAddress: '192.0.2.1' }),
      stream: await ask('/api/stream'),
    };
    for (const [what, response] of Object.entries(answers)) expectStrict(response, what);
    queueManager.getStats = () => Promise.reject(new Error('down'));
    expectStrict(await ask('/api/stats'), 'unavailable');
    dashboard.close();
  });

  it('are on refused logins', async () => {
    const { ask } = createDashboard({ auth: { username: 'admin', password: 'secret' } });
    expectStrict(await ask('/'), 'unauthenticated');
  });

  it('let named origins frame the dashboard, and nobody else', async () => {
    const { ask, ...sources } = createDashboard({
      frameAncestors: ["'self'", 'https://intranet.example.com'],
    });
    const response = await ask('/api/stats');
    expect(response.headers.get('content-security-policy')).toContain(
      "; frame-ancestors 'self' https://intranet.example.com",
    );
    expect(response.headers.has('x-frame-options')).toBe(false);
    const log = await logRow(sources);
    const preview = await ask(`/api/logs/${log.id}/preview`);
    expect(preview.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
    expect(preview.headers.get('content-security-policy')).toContain('https://intranet.example.com');
  });
});
