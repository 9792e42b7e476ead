/**
 * Orders at a steady rate, once with queues and once with everything done in the request: how long customers wait, and when the mails are out.
 *
 *   node examples/order-desk/load.ts [--rate 50] [--seconds 20] [--mail-delay 100]
 *
 * The app runs in a process of its own, without the limits of its queues. With REDIS_URL set it is measured on Redis too.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import Table from 'cli-table3';
import { z } from 'zod';
import { MailCatcher } from './src/mail-catcher.ts';

const MAIN = fileURLToPath(new URL('src/main.ts', import.meta.url));
const ORDER = JSON.stringify({
  customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
  lines: Array.from({ length: 5 }, (_, index) => ({
    article: `Lens ${index}`,
    quantity: 2,
    unitPrice: 1_250,
  })),
});
/** Milliseconds after which a run whose mails do not come is given up. */
const PATIENCE = 120_000;
/** A tool of load sends the orders of a second all at once; this many of them, one after the other, spread them. */
const WAVES = 10;
/** Seconds in which orders are placed that do not count. */
const WARM_UP = 5;

const number = z.coerce.number().int().min(0);
const optionsSchema = z.object({
  rate: number.multipleOf(WAVES).default(50),
  seconds: number.default(20),
  'mail-delay': number.default(100),
});
const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { rate: text, seconds: text, 'mail-delay': text },
});
const options = optionsSchema.parse(values);

const table = new Table({
  head: ['', 'orders/s', 'p50 ms', 'p95 ms', 'p99 ms', 'taken', 'mailed meanwhile', 'all mailed after'],
  style: { head: [], border: [] },
});
table.push(await measure('in the request', { FULFILMENT: 'inline' }));
table.push(await measure('queued, SQLite', { REDIS_URL: '' }));
if (process.env.REDIS_URL) table.push(await measure('queued, Redis', {}));
console.log(table.toString());

async function measure(name: string, environment: NodeJS.ProcessEnv): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'townkrier-order-desk-load-'));
  const catcher = new MailCatcher({ folder: join(folder, 'mails'), delayMs: options['mail-delay'] });
  const app = await startApp({
    DATA_FOLDER: join(folder, 'data'),
    SMTP_URL: await catcher.listen(),
    ...environment,
  });
  try {
    const { waits: warmUp } = await placeOrders(app.url, WARM_UP);
    await untilMailed(catcher, warmUp.length);
    const before = catcher.count;
    const startedAt = performance.now();
    const { waits, seconds } = await placeOrders(app.url, options.seconds);
    const mailedMeanwhile = catcher.count - before;
    await untilMailed(catcher, before + waits.length);
    const allAfter = (performance.now() - startedAt) / 1_000;
    const sorted = waits.toSorted((one, other) => one - other);
    const percentiles = [50, 95, 99].map((percent) => percentile(sorted, percent).toFixed(1));
    const rate = (waits.length / seconds).toFixed(1);
    return [name, rate, ...percentiles, `${waits.length}`, `${mailedMeanwhile}`, `${allAfter.toFixed(1)} s`];
  } finally {
    app.child.kill('SIGTERM');
    await once(app.child, 'close');
    await catcher.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Placed {
  /** Milliseconds that each order took which was taken. */
  readonly waits: number[];
  /** How long orders were placed. */
  readonly seconds: number;
}

async function placeOrders(url: string, seconds: number): Promise<Placed> {
  const waits: number[] = [];
  const startedAt = performance.now();
  const waves = Array.from({ length: WAVES }, async (_, wave) => {
    await wait((wave * 1_000) / WAVES);
    return runWave(url, seconds, (milliseconds) => waits.push(milliseconds));
  });
  await Promise.all(waves);
  return { waits, seconds: (performance.now() - startedAt) / 1_000 };
}

function runWave(url: string, seconds: number, onTaken: (milliseconds: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const run = autocannon(
      {
        url: `${url}/api/orders`,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: ORDER,
        connections: options.rate / WAVES,
        overallRate: options.rate / WAVES,
        amount: (seconds * options.rate) / WAVES,
        timeout: 60,
      },
      (error) => (error ? reject(error) : resolve()),
    );
    run.on('response', (_client, status, _bytes, milliseconds) => {
      if (status === 201) onTaken(milliseconds);
    });
  });
}

async function untilMailed(catcher: MailCatcher, count: number): Promise<void> {
  const givenUpAt = performance.now() + PATIENCE;
  while (catcher.count < count) {
    if (performance.now() > givenUpAt) throw new Error(`Only ${catcher.count} of ${count} mails came.`);
    await wait(50);
  }
}

async function startApp(environment: NodeJS.ProcessEnv): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [...process.execArgv, MAIN], {
    env: { ...process.env, PORT: '0', RATE_LIMITS: 'off', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  for await (const [line] of on(lines, 'line', { close: ['close'] })) {
    const url = /^Listening: (\S+),/.exec(String(line))?.[1];
    if (url !== undefined) return { child, url };
  }
  throw new Error('The app did not start.');
}

function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;
}
