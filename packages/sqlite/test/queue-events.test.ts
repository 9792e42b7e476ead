import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { VirtualClock } from '@townkrier/core/testing';
import type { StreamedEvent, StreamGap } from '@townkrier/queue';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SqliteQueueAdapter } from '../src/queue/index.ts';
import { openStore } from './open-store.ts';
import { temporaryFile } from './temporary-file.ts';

const PROGRAM = fileURLToPath(new URL('queue-event-process.ts', import.meta.url));
const JOBS = 60;

let place: ReturnType<typeof temporaryFile>;
let adapters: SqliteQueueAdapter[];

beforeEach(() => {
  place = temporaryFile();
  adapters = [];
});

afterEach(async () => {
  await Promise.all(adapters.map((adapter) => adapter.close()));
  place.remove();
});

/** An adapter that only hears what it is told of, not by looking now and then. */
function open(): SqliteQueueAdapter {
  const adapter = new SqliteQueueAdapter({
    file: place.file,
    durability: 'normal',
    eventStream: true,
    pollInterval: 1e9,
  });
  adapters.push(adapter);
  return adapter;
}

async function workInProcess(name: string): Promise<number | null> {
  const args = ['--conditions=@townkrier/source', '--no-warnings', PROGRAM, place.file, name, String(JOBS)];
  const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  return code;
}

/** Reads until so many have ended. */
async function readUntilDone(
  adapter: SqliteQueueAdapter,
  count: number,
  after?: string | null,
): Promise<(StreamedEvent | StreamGap)[]> {
  const entries: (StreamedEvent | StreamGap)[] = [];
  let done = 0;
  for await (const entry of adapter.stream?.read({ after }) ?? []) {
    entries.push(entry);
    if (entry.name === 'job:completed') done += 1;
    if (done === count) break;
  }
  return entries;
}

function livesOf(entries: readonly (StreamedEvent | StreamGap)[]): ReadonlyMap<string, string[]> {
  const lives = new Map<string, string[]>();
  for (const entry of entries) {
    const id = entry.name === 'gap' ? 'gap' : entry.event.jobId;
    lives.set(id, [...(lives.get(id) ?? []), entry.name]);
  }
  return lives;
}

it('hears what two processes do as it happens, each job in order and nothing twice', {
  timeout: 60_000,
}, async () => {
  const adapter = open();
  const reading = readUntilDone(adapter, 2 * JOBS);
  expect(await Promise.all([workInProcess('a'), workInProcess('b')])).toEqual([0, 0]);
  const entries = await reading;
  const lives = livesOf(entries);
  expect(lives.size).toBe(2 * JOBS);
  for (const life of lives.values()) expect(life).toEqual(['job:enqueued', 'job:started', 'job:completed']);
  expect(new Set(entries.map(({ cursor }) => cursor)).size).toBe(entries.length);
});

it('tells after a restart what was missed, and each event once', { timeout: 60_000 }, async () => {
  const first = open();
  const seen = readUntilDone(first, 5, null);
  const working = workInProcess('a');
  const before = await seen;
  await first.close();
  expect(await working).toBe(0);
  const rest = await readUntilDone(open(), JOBS - 5, before.at(-1)?.cursor);
  const lives = livesOf([...before, ...rest]);
  expect(lives.size).toBe(JOBS);
  for (const life of lives.values()) expect(life).toEqual(['job:enqueued', 'job:started', 'job:completed']);
});

it('takes a cursor of a file that is no more for one whose followers are gone', async () => {
  const cursors: string[] = [];
  for (const { file, remove } of [temporaryFile(), temporaryFile()]) {
    const store = openStore(file, new VirtualClock());
    await store.events.append(['one', 'two'], 100);
    const old = cursors[0];
    if (old !== undefined) expect(await store.events.read(old, 10)).toMatchObject({ isGap: true });
    cursors.push(await store.events.latest());
    await store.close();
    remove();
  }
});
