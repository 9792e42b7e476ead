import { describe, expect, it } from 'vitest';
import * as responses from '../src/responses.ts';
import { createDashboard, createSources } from './harness.ts';
import { json } from './json.ts';
import { ADA, logRow } from './seed.ts';

describe('GET /api/logs', () => {
  it('gives a page with how many there are, without content', async () => {
    const { ask, ...sources } = createDashboard();
    for (let index = 0; index < 3; index += 1) await logRow(sources);
    const response = await ask('/api/logs?limit=2&offset=0');
    const body = await json(response);
    const list = responses.logListSchema.parse(body);
    expect(list).toMatchObject({ total: 3, page: { offset: 0, limit: 2 } });
    expect(list.logs).toHaveLength(2);
    expect(list.logs[0]).toMatchObject({ hasContent: true });
    expect(list.logs[0]).not.toHaveProperty('content');
    expect(JSON.stringify(body)).not.toContain('recipientHash');
  });

  it('filters by every parameter of the seeds', async () => {
    const { ask, ...sources } = createDashboard();
    await logRow(sources, { channel: 'email', status: 'sent', recipient: ADA.email });
    await sources.clock.advance(86_400_000);
    await logRow(sources, { channel: 'sms', status: 'failed', recipient: '+15550100' });
    const total = async (query: string) =>
      responses.logListSchema.parse(await json(await ask(`/api/logs?${query}`))).total;
    expect(await total('channel=email')).toBe(1);
    expect(await total('status=failed')).toBe(1);
    expect(await total('status=failed,sent')).toBe(2);
    expect(await total(`recipient=${encodeURIComponent(ADA.email)}`)).toBe(1);
    expect(await total('recipient=nobody@example.com')).toBe(0);
    expect(await total('startDate=2026-11-23')).toBe(1);
    expect(await total('endDate=2026-11-22')).toBe(1);
    expect(await total('startDate=2026-11-22&endDate=2026-11-23T23:00:00%2B01:00')).toBe(2);
    expect(await total('channel=email&status=sent&sortBy=sentAt&sortOrder=asc&limit=50&offset=0')).toBe(1);
  });

  it('sorts as asked', async () => {
    const { ask, ...sources } = createDashboard();
    const first = await logRow(sources);
    await sources.clock.advance(1_000);
    const second = await logRow(sources);
    const ids = async (order: string) =>
      responses.logListSchema
        .parse(await json(await ask(`/api/logs?sortBy=createdAt&sortOrder=${order}`)))
        .logs.map((log) => log.id);
    expect(await ids('asc')).toEqual([first.id, second.id]);
    expect(await ids('desc')).toEqual([second.id, first.id]);
  });
});

describe('GET /api/logs/:id', () => {
  it('gives the row with its content', async () => {
    const { ask, ...sources } = createDashboard();
    const log = await logRow(sources);
    const detail = responses.logDetailSchema.parse(await json(await ask(`/api/logs/${log.id}`)));
    expect(detail).toMatchObject({ id: log.id, channel: 'email', status: 'sent', contentPrivacy: 'masked' });
    expect(detail.content).toBe(log.content);
    expect(detail.retryLogs).toEqual([]);
  });

  it('answers 404 with the id for a row nobody keeps, also for its preview and explanation', async () => {
    const { ask } = createDashboard();
    for (const path of ['/api/logs/nope', '/api/logs/nope/preview', '/api/logs/nope/explain']) {
      const response = await ask(path);
      expect(response.status, path).toBe(404);
      expect(await json(response)).toEqual({ error: 'Log not found', code: 'NOT_FOUND', logId: 'nope' });
    }
  });

  it('shows a public row in clear to an admin and masked to a viewer', async () => {
    const sources = createSources();
    const log = await logRow(sources, { contentPrivacy: 'public', content: `Hello ${ADA.email}` });
    const asAdmin = createDashboard({}, sources);
    const asViewer = createDashboard({ authorize: () => ({ id: 'v' }) }, sources);
    const adminText = await (await asAdmin.ask(`/api/logs/${log.id}`)).text();
    expect(adminText).toContain(ADA.email);
    for (const path of [
      `/api/logs/${log.id}`,
      '/api/logs',
      `/api/logs/${log.id}/preview`,
      `/api/logs/${log.id}/explain`,
    ]) {
      expect(await (await asViewer.ask(path)).text(), path).not.toContain(ADA.email);
    }
  });
});

describe('GET /api/logs/:id/preview', () => {
  it('gives HTML as it was kept, in a sandbox that runs and loads nothing', async () => {
    const { ask, ...sources } = createDashboard({ authorize: () => ({ id: 'a', role: 'admin' }) });
    const content = '<script>alert(1)</script><p>Hello</p>';
    const log = await logRow(sources, { contentPrivacy: 'public', contentType: 'html', content });
    const response = await ask(`/api/logs/${log.id}/preview`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:;/);
    expect(policy).not.toMatch(/allow-|script-src/);
    expect(policy).toContain("frame-ancestors 'self'");
    expect(await response.text()).toContain('<p>Hello</p>');
  });

  it('gives text as text, whatever it looks like', async () => {
    const { ask, ...sources } = createDashboard();
    const log = await logRow(sources, {
      contentPrivacy: 'public',
      contentType: 'text',
      subject: '</title><script>1</script>',
      content: '<img src=x onerror=alert(1)>',
    });
    const page = await (await ask(`/api/logs/${log.id}/preview`)).text();
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page).not.toContain('<script>');
  });

  it('says so when no content was kept', async () => {
    const { ask, ...sources } = createDashboard();
    const log = await logRow(sources, { contentPrivacy: 'private' });
    expect(await (await ask(`/api/logs/${log.id}/preview`)).text()).toContain('No content');
  });
});

describe('GET /api/logs/:id/explain', () => {
  it('tells in sentences what happened', async () => {
    const { ask, ...sources } = createDashboard();
    const log = await logRow(sources, { status: 'failed', reason: 'mailbox full' });
    const explanation = responses.logExplanationSchema.parse(
      await json(await ask(`/api/logs/${log.id}/explain`)),
    );
    expect(explanation.logId).toBe(log.id);
    expect(explanation.lines[0]).toBe(explanation.summary);
    expect(explanation.steps.length).toBeGreaterThan(0);
  });
});
