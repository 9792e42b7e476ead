import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** Runs a program that does nothing but use the queue: no server, no timer of its own keeps it alive. */
function runAlone(program: string) {
  const args = ['--conditions=@townkrier/source', '--no-warnings', '--input-type=module', '--eval', program];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const { stdout, status } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 20_000 });
  return { stdout: stdout.trim(), status };
}

const SETUP = `
  import { InMemoryQueueAdapter } from '@townkrier/queue';
  const adapter = new InMemoryQueueAdapter({ retryDelay: 30 });
`;

it('a process whose worker waits for a retry stays alive until the job is done', { timeout: 30_000 }, () => {
  const program = `${SETUP}
    adapter.on('job:completed', ({ attempts }) => { console.log('done after', attempts); adapter.close(); });
    adapter.work(({ attempt }) => { if (attempt === 1) throw new Error('not yet'); });
    await adapter.add([{ type: 'mail', payload: null }]);
  `;
  expect(runAlone(program)).toEqual({ stdout: 'done after 2', status: 0 });
});

it('a process that only enqueues ends by itself', { timeout: 30_000 }, () => {
  const program = `${SETUP} await adapter.add([{ type: 'mail', payload: null }]); console.log('stored');`;
  expect(runAlone(program)).toEqual({ stdout: 'stored', status: 0 });
});

const AWAY = `
  import { FailoverQueueAdapter, InMemoryQueueAdapter } from '@townkrier/queue';
  const primary = new InMemoryQueueAdapter();
  const { add } = primary;
  primary.add = primary.ping = async () => { throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' }); };
  const adapter = new FailoverQueueAdapter(primary, new InMemoryQueueAdapter(), { pingInterval: 20 });
`;

it('a process that only enqueues ends by itself while its primary is away', { timeout: 30_000 }, () => {
  const program = `${AWAY} await adapter.add([{ type: 'mail', payload: null }]); console.log('stored');`;
  expect(runAlone(program)).toEqual({ stdout: 'stored', status: 0 });
});

it('a process with a worker stays alive until the primary is back and the job done', {
  timeout: 30_000,
}, () => {
  const program = `${AWAY}
    adapter.on('job:completed', () => { console.log('done'); adapter.close(); });
    adapter.work(() => undefined);
    await adapter.add([{ type: 'mail', payload: null }]);
    setTimeout(() => { primary.add = add; primary.ping = undefined; }, 50).unref();
  `;
  expect(runAlone(program)).toEqual({ stdout: 'done', status: 0 });
});

it('a process that waits for events stays alive until they came', { timeout: 30_000 }, () => {
  const program = `
    import { InMemoryQueueAdapter, QueueManager } from '@townkrier/queue';
    const adapter = new InMemoryQueueAdapter({ eventStream: true });
    const manager = new QueueManager(adapter);
    setTimeout(() => adapter.add([{ type: 'mail', payload: null }]), 50).unref();
    for await (const { name } of manager.events()) { console.log(name); break; }
  `;
  expect(runAlone(program)).toEqual({ stdout: 'job:enqueued', status: 0 });
});
