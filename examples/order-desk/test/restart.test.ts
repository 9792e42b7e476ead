import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFolder, openMailServer, postOrder, subjectsOf } from './open-desk.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const PATIENCE = { timeout: 30_000, interval: 20 };

/** The app in a process of its own; resolves when it listens. */
async function startApp(environment: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [MAIN], { env: { ...process.env, PORT: '0', ...environment } });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (printed.text += String(chunk)));
  }
  await expect.poll(() => printed.text, PATIENCE).toContain('Listening: ');
  const url = /Listening: (\S+),/.exec(printed.text)?.[1] ?? '';
  return { child, url, printed };
}

async function ends(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  const ended = once(child, 'close');
  child.kill(signal);
  return (await ended)[0];
}

/** A mail server that takes connections and never says a word. */
async function openSilentServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return { url: `smtp://127.0.0.1:${address.port}`, sockets };
}

describe('the process', () => {
  it('is killed, and the next one mails every order that was taken', async () => {
    const folder = createFolder();
    const silent = await openSilentServer();
    const first = await startApp({ DATA_FOLDER: folder, SMTP_URL: silent.url });
    expect((await postOrder(first.url)).status).toBe(201);
    await expect.poll(() => silent.sockets.size, PATIENCE).toBeGreaterThan(0);
    // One is being mailed; the others have hardly begun.
    for (let order = 2; order <= 5; order++) expect((await postOrder(first.url)).status).toBe(201);
    await ends(first.child, 'SIGKILL');

    const { url: smtpUrl, catcher } = await openMailServer();
    await startApp({ DATA_FOLDER: folder, SMTP_URL: smtpUrl });
    await expect
      .poll(() => subjectsOf(catcher), PATIENCE)
      .toEqual([1, 2, 3, 4, 5].map((order) => `Your order A-00000${order}`));
  });

  it('ends by itself when it is asked to, with what is in hand done', async () => {
    const { url: smtpUrl, catcher } = await openMailServer();
    const { child, url, printed } = await startApp({ DATA_FOLDER: createFolder(), SMTP_URL: smtpUrl });
    await postOrder(url);
    await expect.poll(() => catcher.count, PATIENCE).toBe(1);
    expect(await ends(child, 'SIGTERM')).toBe(0);
    expect(printed.text).toContain('Stopping');
    expect(printed.text).not.toContain('Trouble');
  });

  it('does not start with settings that are wrong, and names them without their values', async () => {
    const child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, PORT: 'x', ADMIN_PASSWORD: 'short', REDIS_URL: 'secret-host' },
    });
    let text = '';
    child.stderr.on('data', (chunk) => (text += String(chunk)));
    expect((await once(child, 'close'))[0]).toBe(1);
    expect(text).toMatch(/PORT: [\s\S]*REDIS_URL: [\s\S]*ADMIN_PASSWORD: /);
    expect(text).not.toContain('secret-host');
  });
});
