import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runExample, startExample } from './testing/run-example.ts';

const snippets = globSync('snippets/*.ts', { cwd: import.meta.dirname })
  .filter((file) => !file.endsWith('setup.ts') || file.endsWith('-setup.ts'))
  .toSorted();

describe('the snippets of the seeds', () => {
  test('are all here', () => {
    const headings = snippets.flatMap((file) => {
      const text = readFileSync(new URL(file, import.meta.url), 'utf8');
      return [...text.matchAll(/#region seed (\d+: .+)$/gm)].map((match) => match[1]);
    });
    expect(headings.toSorted()).toMatchInlineSnapshot(`
      [
        "000: Background Notifications",
        "000: Usage Example",
        "001: API Reference, DashboardServer",
        "001: API Reference, QueueManager",
        "001: API Reference, StorageManager",
        "001: Cleanup",
        "001: Dashboard Not Accessible",
        "001: Dashboard UI, Basic Setup",
        "001: Failed Jobs Not Retrying",
        "001: Immediate Send (like Laravel's \`sendNow\`)",
        "001: Integration with Express",
        "001: Job Management",
        "001: Job Priorities",
        "001: Jobs Stuck in Processing",
        "001: Logging Notifications",
        "001: Querying Logs",
        "001: Queue System, Basic Setup",
        "001: Queue for Background Processing (like Laravel's \`send\`), first statement",
        "001: Queue for Background Processing (like Laravel's \`send\`), second statement",
        "001: Schedule for Future Delivery",
        "001: Statistics",
        "001: Stopping Processing",
        "001: Storage System, Basic Setup",
        "001: With Authentication",
      ]
    `);
  });

  test.each(snippets)('%s runs, does what it says and ends by itself', async (file) => {
    expect(await runExample(file)).toEqual({ code: 0, stdout: expect.any(String), stderr: '' });
  });
});

/** Resend on loopback: takes everything and remembers it. */
async function startResend() {
  const mails: unknown[] = [];
  const server = createServer(async (request, response) => {
    mails.push({ url: request.url, ...JSON.parse(Buffer.concat(await request.toArray()).toString()) });
    response.end(JSON.stringify({ id: `mail-${mails.length}` }));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { mails, baseUrl: `http://127.0.0.1:${port}` };
}

describe('the complete example of the seeds', () => {
  test('sends one mail at once, one in the background, keeps one for later, and shows it', async () => {
    const resend = await startResend();
    const env = { RESEND_API_KEY: 're_test', RESEND_BASE_URL: resend.baseUrl };
    const { child, port, ended } = await startExample('seed-complete-example.ts', env);
    onTestFinished(() => void child.kill('SIGKILL'));

    await expect.poll(() => resend.mails.length, { timeout: 20_000 }).toBe(2);
    const mail = {
      url: '/emails',
      from: 'notifications@example.com',
      to: ['user@example.com'],
      subject: 'Welcome!',
      html: '<h1>Welcome!</h1>',
      text: 'Welcome!',
    };
    expect(resend.mails).toEqual([mail, mail]);
    const counts = async () => {
      const reply = await fetch(`http://localhost:${port}/dashboard/api/stats`);
      const stats = (await reply.json()) as { queue: { completed: number; scheduled: number } };
      return { completed: stats.queue.completed, scheduled: stats.queue.scheduled };
    };
    await expect.poll(counts, { timeout: 20_000 }).toEqual({ completed: 1, scheduled: 1 });

    child.kill('SIGTERM');
    expect((await ended).stderr).toBe('');
  });

  test('says what is missing when there is no API key', async () => {
    const { code, stderr } = await runExample('seed-complete-example.ts', { RESEND_API_KEY: '' });
    expect(code).toBe(1);
    expect(stderr).toContain('apiKey must be an API key');
  });
});
