import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root, snippetsOf } from './snippets.ts';

/** An app with the routes of the guide, and what two users are answered. */
const APP = `
import { once } from 'node:events';
import { defineJob, InMemoryQueueAdapter, QueueManager } from '@townkrier/queue';
import express from 'express';
import { z } from 'zod';
import { jobRoutes } from './routes.ts';

const build = defineJob({ name: 'site.build', payload: z.object({}) });
const queueManager = new QueueManager(new InMemoryQueueAdapter());
const { id } = await queueManager.add(build, {}, { owner: 'ada' });
const app = express().use('/api', jobRoutes(queueManager, (req) => req.header('x-user') ?? ''));
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const ask = async (user: string, method: string, path: string) => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const answer = await fetch(\`http://127.0.0.1:\${port}/api\${path}\`, { method, headers: { 'x-user': user } });
  return [answer.status, await answer.json()];
};
const answers: Record<string, unknown> = {};
for (const user of ['bob', 'ada']) {
  for (const route of ['GET /user/queue', 'GET /jobs/ID', 'GET /jobs/ID/position', 'GET /jobs/ID/logs', 'DELETE /jobs/ID', 'DELETE /jobs/ID', 'POST /jobs/ID/retry']) {
    const [method = '', path = ''] = route.replace('ID', id).split(' ');
    answers[\`\${user} \${route}\${\`\${user} \${route}\` in answers ? ' again' : ''}\`] = await ask(user, method, path);
  }
}
console.log(JSON.stringify(answers));
server.close();
await queueManager.close();
`;

function runApp(routes: string): Record<string, readonly [number, unknown]> {
  const folder = mkdtempSync(join(root, 'examples/.insight-'));
  try {
    writeFileSync(join(folder, 'routes.ts'), routes);
    writeFileSync(join(folder, 'app.ts'), APP);
    const args = ['--conditions=@townkrier/source', 'app.ts'];
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it("the routes of the guide answer a user about his own jobs, and say of others' that there are none", () => {
  const snippets = snippetsOf('docs/guides/queue-insight.md');
  const routes = snippets.find(({ code }) => code.includes('export function jobRoutes'));
  const answers = runApp(routes?.code ?? '');
  const codes = Object.fromEntries(Object.entries(answers).map(([route, [code]]) => [route, code]));
  expect(codes).toEqual({
    'bob GET /user/queue': 200,
    'bob GET /jobs/ID': 404,
    'bob GET /jobs/ID/position': 404,
    'bob GET /jobs/ID/logs': 404,
    'bob DELETE /jobs/ID': 404,
    'bob DELETE /jobs/ID again': 404,
    'bob POST /jobs/ID/retry': 404,
    'ada GET /user/queue': 200,
    'ada GET /jobs/ID': 200,
    'ada GET /jobs/ID/position': 200,
    'ada GET /jobs/ID/logs': 200,
    'ada DELETE /jobs/ID': 200,
    'ada DELETE /jobs/ID again': 409,
    'ada POST /jobs/ID/retry': 200,
  });
  expect(answers['bob GET /user/queue']?.[1]).toEqual({ jobs: [], total: 0 });
  expect(answers['ada GET /user/queue']?.[1]).toMatchObject({ total: 1, jobs: [{ status: 'pending' }] });
  expect(answers['ada GET /jobs/ID/position']?.[1]).toEqual({ ahead: 0, etaMs: null });
  expect(answers['ada DELETE /jobs/ID']?.[1]).toMatchObject({ status: 'cancelled' });
});
