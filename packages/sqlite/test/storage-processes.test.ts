import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { wrongCounts } from './storage-counts.ts';
import { createStorageHarness } from './storage-harness.ts';

const PROGRAM = fileURLToPath(new URL('storage-writer-process.ts', import.meta.url));

/** A process that writes rows, and the ids of those it said are written. */
interface Writer {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly written: readonly string[];
  readonly ended: Promise<unknown[]>;
  /** Resolves when so many rows are written. */
  hasWritten(count: number): Promise<void>;
}

let harness: Awaited<ReturnType<typeof createStorageHarness>>;
const writers: Writer[] = [];

beforeEach(async () => {
  harness = await createStorageHarness();
});
afterEach(async () => {
  for (const { child } of writers.splice(0)) child.kill('SIGKILL');
  await harness.close();
});

function startWriter(name: string): Writer {
  const args = ['--conditions=@townkrier/source', '--no-warnings', PROGRAM, harness.file, name];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const written: string[] = [];
  const reached = new Map<number, () => void>();
  lines.on('line', (line) => {
    if (line !== 'ready') written.push(line);
    reached.get(written.length)?.();
  });
  const writer = {
    child,
    written,
    ended: once(child, 'close'),
    hasWritten: (count: number) => new Promise<void>((resolve) => reached.set(count, resolve)),
  };
  writers.push(writer);
  return writer;
}

it('four processes write to one file, one of them is killed, and every row that was acknowledged is there and counted', {
  timeout: 60_000,
}, async () => {
  const all = ['one', 'two', 'three', 'four'].map(startWriter);
  const [victim, ...others] = all;
  await Promise.all(all.map((writer) => writer.hasWritten(60)));
  victim?.child.kill('SIGKILL');
  await victim?.ended;
  await Promise.all(others.map((writer) => writer.hasWritten(writer.written.length + 30)));
  for (const { child } of others) child.stdin.end();
  for (const { ended } of others) expect((await ended)[0]).toBe(0);

  const rows = harness.raw.prepare('SELECT id, status FROM townkrier_logs').all();
  const statuses = new Map(rows.map(({ id, status }) => [id, status]));
  const acknowledged = all.flatMap(({ written }) => written);
  expect(acknowledged.length).toBeGreaterThan(270);
  expect(acknowledged.filter((id) => statuses.get(id) !== 'sent')).toEqual([]);
  // The one that was killed may have been in the middle of three rows.
  expect(rows.length - acknowledged.length).toBeLessThanOrEqual(3);
  expect(wrongCounts(harness.raw)).toEqual([]);
  expect((await harness.adapter.stats({})).total).toBe(rows.length);
  expect(harness.raw.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' });
});
