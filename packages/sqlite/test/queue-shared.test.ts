import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { VirtualClock } from '@townkrier/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SqliteJobStore } from '../src/queue/sqlite-job-store.ts';
import { addOne } from './add-one.ts';
import { openStore, plainJob } from './open-store.ts';
import { temporaryFile } from './temporary-file.ts';

const PROGRAM = fileURLToPath(new URL('queue-shared-process.ts', import.meta.url));

let place: ReturnType<typeof temporaryFile>;
let stores: SqliteJobStore[];

beforeEach(() => {
  place = temporaryFile();
  stores = [];
});

afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  place.remove();
});

function open(): SqliteJobStore {
  const store = openStore(place.file, new VirtualClock());
  stores.push(store);
  return store;
}

async function addInProcess(times: number): Promise<number | null> {
  const args = ['--conditions=@townkrier/source', '--no-warnings', PROGRAM, place.file, 'n', String(times)];
  const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  return code;
}

it('of many who change a value at once on two connections, each is counted', async () => {
  const [one, other] = [open().shared, open().shared];
  const adding = Array.from({ length: 60 }, (_, i) => addOne(i % 2 === 0 ? one : other, 'n'));
  await Promise.all(adding);
  expect(await one.read('n')).toMatchObject({ value: 60 });
});

it('three processes change a value at once, and each change is counted', { timeout: 60_000 }, async () => {
  const { shared } = open();
  let calls = 0;
  shared.onChange(() => calls++);
  expect(await Promise.all([addInProcess(200), addInProcess(200), addInProcess(200)])).toEqual([0, 0, 0]);
  expect(await shared.read('n')).toMatchObject({ value: 600 });
  await expect.poll(() => calls).toBeGreaterThan(0);
});

it('of the writes that share a commit, the late ones are refused and the others stand', async () => {
  const { shared } = open();
  const writes = [
    { key: 'a', value: 1, version: null },
    { key: 'a', value: 2, version: null },
    { key: 'b', value: null, version: 'of nothing' },
    { key: 'b', value: 3, version: null },
  ];
  const versions = await Promise.all(writes.map((write) => shared.write(write)));
  expect(versions).toEqual([expect.any(String), null, null, expect.any(String)]);
  expect((await shared.list('')).map(({ key, value }) => [key, value])).toEqual([
    ['a', 1],
    ['b', 3],
  ]);
});

it('the version of a value that was removed does not come back', async () => {
  const { shared } = open();
  const first = await shared.write({ key: 'k', value: 1, version: null });
  await shared.write({ key: 'k', value: null, version: first });
  const second = await shared.write({ key: 'k', value: 1, version: null });
  expect(second).not.toBe(first);
  expect(await shared.write({ key: 'k', value: 2, version: first })).toBeNull();
  expect(await shared.read('k')).toEqual({ key: 'k', value: 1, version: second });
});

it('keys are listed by code unit, also where SQLite would not', async () => {
  const { shared } = open();
  // U+1F600 is the larger code point, and its first code unit the smaller one.
  for (const key of ['p:\u{FF01}', 'p:\u{1F600}', 'p', 'q', 'p:a%_', 'p:']) {
    await shared.write({ key, value: true, version: null });
  }
  const keys = (await shared.list('p:')).map(({ key }) => key);
  expect(keys).toEqual(['p:', 'p:a%_', 'p:\u{1F600}', 'p:\u{FF01}']);
});

it('who only listens to shared values hears of those another connection writes, and not of its jobs', async () => {
  const [listener, writer] = [open(), open()];
  let calls = 0;
  const heard = new Promise((resolve) => {
    listener.shared.onChange(() => resolve(++calls));
  });
  let stopWaking = (): void => undefined;
  const sawJob = new Promise<void>((resolve) => {
    stopWaking = listener.onWake(resolve);
  });
  await writer.insert([plainJob('one')]);
  await sawJob;
  // It looks for shared values in the same turn.
  await new Promise(setImmediate);
  expect(calls).toBe(0);
  stopWaking();
  await writer.shared.write({ key: 'k', value: 1, version: null });
  await heard;
});

it('nobody is told after the undo, and others still are', async () => {
  const { shared } = open();
  const told: string[] = [];
  const undo = shared.onChange(() => told.push('first'));
  shared.onChange(() => told.push('second'));
  undo();
  undo();
  await shared.write({ key: 'k', value: 1, version: null });
  expect(told).toEqual(['second']);
});

it('a replay that changes the payload stores it; other changes leave it as it was', async () => {
  const store = open();
  await store.insert([plainJob('one', { payload: { text: 'wrong' } })]);
  await store.cancel('one');
  expect(await store.retry('one', { payload: { text: 'right' } })).toMatchObject({
    payload: { text: 'right' },
  });
  await store.cancel('one');
  await expect(store.retry('one', { maxReplays: 1, payload: 'refused' })).rejects.toMatchObject({
    code: 'QUEUE_REPLAY_LIMIT',
  });
  expect(await store.get('one')).toMatchObject({ status: 'cancelled', payload: { text: 'right' } });
});
