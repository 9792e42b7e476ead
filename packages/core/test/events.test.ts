import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type NotificationEvents,
  NotificationManager,
  PermanentError,
  UnknownOutcomeError,
} from '../src/index.ts';
import { VirtualClock } from '../src/testing/index.ts';
import { Note } from './notifications.ts';
import { ScriptedChannel } from './scripted-channel.ts';

const names = [
  'notification:sending',
  'notification:sent',
  'notification:failed',
  'notification:skipped',
  'notification:unknown',
  'notification:queued',
  'notification:scheduled',
] as const satisfies readonly (keyof NotificationEvents)[];

let clock: VirtualClock;
let email: ScriptedChannel;
let manager: NotificationManager;
let heard: [string, unknown][];
const onListenerError = vi.fn();

beforeEach(() => {
  clock = new VirtualClock(0);
  email = new ScriptedChannel();
  heard = [];
  onListenerError.mockReset();
  manager = new NotificationManager({ clock, onListenerError }).registerChannel('my-email', email);
  for (const name of names) manager.on(name, (event) => heard.push([name, event]));
});

describe('events', () => {
  test('tell of sending before the provider is called and of sent after', async () => {
    email.script = [
      async () => {
        expect(heard.map(([name]) => name)).toEqual(['notification:sending']);
        return { messageId: 'm-1', status: 'accepted' };
      },
    ];
    const stored = await manager.prepare(new Note(), { email: 'a@x.io' });
    await manager.deliver(stored, { jobId: 'job-1', attempt: 2 });
    const common = {
      at: new Date(0),
      notificationId: stored.id,
      notificationType: 'Note',
      channel: 'email',
      idempotencyKey: stored.deliveries[0]?.idempotencyKey,
      attempt: 2,
      jobId: 'job-1',
      provider: 'my-email',
    };
    expect(heard).toEqual([
      ['notification:sending', common],
      ['notification:sent', { ...common, receipt: { messageId: 'm-1', status: 'accepted' } }],
    ]);
  });

  test.each([
    ['notification:failed', new PermanentError('no')],
    ['notification:unknown', new UnknownOutcomeError('?')],
  ])('tell of %s with the error', async (name, error) => {
    email.script = [error];
    await manager.send(new Note(), { email: 'a@x.io' }).catch(() => undefined);
    expect(heard.at(-1)).toEqual([name, expect.objectContaining({ error, isRetryable: false })]);
  });

  test('tell of skipped with the reason', async () => {
    const note = Object.assign(new Note(), { shouldSend: () => 'unsubscribed' });
    await manager.send(note, { email: 'a@x.io' });
    expect(heard).toEqual([['notification:skipped', expect.objectContaining({ reason: 'unsubscribed' })]]);
  });

  test('come after the result was stored', async () => {
    const stored = await manager.prepare(new Note(), { email: 'a@x.io' });
    await manager.deliver(stored, {
      onResult: async () => {
        heard.push(['stored', null]);
      },
    });
    expect(heard.map(([name]) => name)).toEqual(['notification:sending', 'stored', 'notification:sent']);
  });

  test('tell of queued, and of scheduled when it is due later', async () => {
    const stored = await manager.prepare(new Note(), { email: 'a@x.io' });
    await manager.announceQueued(stored, { jobId: 'job-1' });
    await manager.announceQueued(stored, { jobId: 'job-2', scheduledFor: new Date(0) });
    await manager.announceQueued(stored, { jobId: 'job-3', scheduledFor: new Date(1) });
    expect(heard.map(([name, event]) => [name, Reflect.get(Object(event), 'jobId')])).toEqual([
      ['notification:queued', 'job-1'],
      ['notification:queued', 'job-2'],
      ['notification:scheduled', 'job-3'],
    ]);
  });

  test('carry neither message nor address', async () => {
    email.script = [new PermanentError('no')];
    const note = new Note(['email'], 'a secret text');
    await manager.send(note, { email: 'ada@example.com' }).catch(() => undefined);
    expect(JSON.stringify(heard)).not.toMatch(/a secret text|ada@example/);
  });
});

describe('a listener that throws', () => {
  test('never breaks a send, and is reported', async () => {
    manager.on('notification:sending', () => {
      throw new Error('bug');
    });
    manager.on('notification:sent', () => Promise.reject(new Error('late bug')));
    const results = await manager.send(new Note(), { email: 'a@x.io' });
    expect(results.get('email')?.status).toBe('sent');
    await Promise.resolve();
    expect(onListenerError.mock.calls.map(([error, event]) => [String(error), event])).toEqual([
      ['Error: bug', 'notification:sending'],
      ['Error: late bug', 'notification:sent'],
    ]);
  });
});

test('a listener hears nothing after its undo, and managers do not share listeners', async () => {
  const listener = vi.fn();
  const undo = manager.on('notification:sent', listener);
  const other = new NotificationManager().registerChannel('other', new ScriptedChannel());
  await other.send(new Note(), { email: 'a@x.io' });
  undo();
  await manager.send(new Note(), { email: 'a@x.io' });
  expect(listener).not.toHaveBeenCalled();
});
