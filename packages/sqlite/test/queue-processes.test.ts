import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SqliteQueueAdapter } from '../src/queue/index.ts';
import { temporaryFile } from './temporary-file.ts';

const PROGRAM = fileURLToPath(new URL('queue-worker-process.ts', import.meta.url));

/** A worker in a process of its own, and the lines it printed. */
interface WorkerProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly ran: string[];
  /** Resolves with the next line it prints. */
  nextLine(): Promise<unknown>;
}

let place: ReturnType<typeof temporaryFile>;
let adapter: SqliteQueueAdapter;
let children: WorkerProcess['child'][];

beforeEach(() => {
  place = temporaryFile();
  adapter = new SqliteQueueAdapter({ file: place.file });
  children = [];
});

afterEach(async () => {
  await adapter.close();
  for (const child of children) child.kill('SIGKILL');
  place.remove();
});

async function startWorker(): Promise<WorkerProcess> {
  const args = ['--conditions=@townkrier/source', '--no-warnings', PROGRAM, place.file];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  const ran: string[] = [];
  lines.on('line', (line) => line.startsWith('ran ') && ran.push(line.slice(4)));
  const worker = { child, ran, nextLine: () => once(lines, 'line') };
  await worker.nextLine();
  return worker;
}

it('a job added here wakes an idle worker of another process, without a poll', {
  timeout: 30_000,
}, async () => {
  const worker = await startWorker();
  for (let i = 0; i < 3; i++) {
    const line = worker.nextLine();
    const [job] = await adapter.add([{ type: 'mail', payload: i }]);
    expect(await line).toEqual([`ran ${job?.id}`]);
  }
});

it('three processes share a file and run every job once', { timeout: 60_000 }, async () => {
  const workers = await Promise.all([startWorker(), startWorker(), startWorker()]);
  const jobs = Array.from({ length: 600 }, (_, i) => ({ type: 'mail', payload: i }));
  const added = await Promise.all(jobs.map((job) => adapter.add([job])));
  await expect.poll(() => adapter.getStats(), { timeout: 30_000 }).toMatchObject({ completed: 600 });
  const exits = workers.map(({ child }) => once(child, 'exit'));
  for (const { child } of workers) child.stdin.end();
  expect((await Promise.all(exits)).map(([code]) => code)).toEqual([0, 0, 0]);
  const ran = workers.flatMap((worker) => worker.ran);
  expect(ran.toSorted()).toEqual(added.map(([job]) => job?.id).toSorted());
});
