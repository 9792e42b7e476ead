import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const DEMO = fileURLToPath(new URL('../queue-and-dashboard-example.ts', import.meta.url));

let folder: string;
const running = new Set<ChildProcess>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'townkrier-demo-'));
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the demo on a free port, and gathers what it prints. */
function start(...args: string[]) {
  const data = ['--data', join(folder, 'data')];
  const child = spawn(process.execPath, [DEMO, '--port', '0', ...data, ...args], {
    env: { ...process.env, NO_COLOR: '1' },
  });
  running.add(child);
  const printed = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (printed.text += String(chunk)));
  const ended = once(child, 'close').then(([code]) => ({ code: Number(code), text: printed.text }));
  const until = async (part: string): Promise<string> => {
    while (!printed.text.includes(part)) await Promise.race([once(child.stdout, 'data'), ended]);
    return printed.text;
  };
  return { child, ended, until };
}

function csv(...rows: string[]): string {
  const file = join(folder, 'people.csv');
  writeFileSync(file, `name,email,plan\n${rows.join('\n')}\n`);
  return file;
}

/** Whom the mailbox has mail for, as its file says. */
function receivers(): string[] {
  const file = join(folder, 'data', 'mailbox.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).to);
}

function people(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `Person ${index},person${index}@example.com,free`);
}

describe('the demo', () => {
  it('delivers to everybody through the outage, and mailbox and log agree', async () => {
    const { code, text } = await start('--exit').ended;
    expect(code).toBe(0);
    expect(text).toContain('The mailbox holds exactly what the log says was sent.');
    const turnedAway = Number(/turned away (\d+) attempts/.exec(text)?.[1]);
    expect(turnedAway).toBeGreaterThan(0);
  });

  it('goes on where it stopped when it was killed: nobody is left out, nobody hears twice', async () => {
    const file = csv(...people(120));
    const first = start('--exit', file);
    await expect.poll(() => receivers().length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(20);
    first.child.kill('SIGKILL');
    await first.ended;
    expect(receivers().length).toBeLessThan(120);

    const second = start(file);
    expect(await second.until('Ctrl-C')).toMatch(/Resuming: the last run left \d+ notifications to send/);
    const expected = Array.from({ length: 120 }, (_, index) => `person${index}@example.com`);
    expect(receivers().toSorted()).toEqual(expected.toSorted());
    second.child.kill('SIGINT');
    const { code, text } = await second.ended;
    expect(text).toContain('The mailbox holds exactly what the log says was sent.');
    expect(code).toBe(0);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('reports a malformed row with its line number, without its content, and sends the rest', async () => {
    const file = csv(
      'Ada,ada@example.com,team',
      'Eve,not-an-address,free',
      '"broken',
      'Alan,alan@example.com,free',
    );
    const { code, text } = await start('--exit', file).ended;
    expect(text).toContain('line 3: email');
    expect(text).not.toContain('not-an-address');
    expect(code).toBe(0);
  });

  it('names the file it cannot read', async () => {
    const { code, text } = await start('--exit', join(folder, 'missing.csv')).ended;
    expect(code).toBe(1);
    expect(text).toMatch(/cannot read the recipients from ".*missing\.csv" \(ENOENT\)/);
    expect(text).not.toContain('    at ');
  });

  it('names the columns a file lacks', async () => {
    const file = join(folder, 'people.csv');
    writeFileSync(file, 'name,mail\nAda,ada@example.com\n');
    const { code, text } = await start('--exit', file).ended;
    expect(code).toBe(1);
    expect(text).toContain('has no column email, plan');
  });

  it('says so when the port is taken, before it sends anything', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { code, text } = await start('--exit', '--port', String(port)).ended;
    server.close();
    expect(code).toBe(1);
    expect(text).toContain(String(port));
    expect(text).not.toContain('Sent 1 notification');
    expect(text).not.toContain('    at ');
  });

  it('refuses an option it does not know, and shows the usage', async () => {
    const { code, text } = await start('--verbose').ended;
    expect(code).toBe(1);
    expect(text).toContain('usage: npm run demo');
  });

  it('serves the dashboard until Ctrl-C, then drains and ends with code 0', async () => {
    const demo = start(csv(...people(3)));
    const text = await demo.until('Ctrl-C');
    const [, port] = /http:\/\/localhost:(\d+)\/dashboard/.exec(text) ?? [];
    const stats = await (await fetch(`http://127.0.0.1:${port}/dashboard/api/stats`)).json();
    expect(stats).toMatchObject({ queue: { completed: 2 }, notifications: { total: 3, sent: 3 } });
    demo.child.kill('SIGINT');
    expect((await demo.ended).code).toBe(0);
  });
});
