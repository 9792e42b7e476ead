import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type DeliveryResult,
  InvalidAddressError,
  NotificationManager,
  type NotificationManagerOptions,
  PermanentError,
  RateLimitedError,
  TownKrierError,
  TransientError,
  UnknownOutcomeError,
} from '../src/index.ts';
import { VirtualClock } from '../src/testing/index.ts';
import { Note } from './notifications.ts';
import { ScriptedChannel } from './scripted-channel.ts';

let clock: VirtualClock;
let first: ScriptedChannel;
let second: ScriptedChannel;

beforeEach(() => {
  clock = new VirtualClock(0);
  first = new ScriptedChannel();
  second = new ScriptedChannel();
});

function createManager(options: NotificationManagerOptions = {}): NotificationManager {
  const manager = new NotificationManager({ clock, enableFallback: true, ...options });
  manager.registerChannel('second', second, { priority: 1 });
  manager.registerChannel('first', first, { priority: 2 });
  return manager;
}

/** One try of one mail, as a queue does it. */
async function deliver(manager: NotificationManager, options = {}): Promise<DeliveryResult> {
  const stored = await manager.prepare(new Note(), { email: 'ada@example.com' });
  const [result] = await manager.deliver(stored, options);
  if (result === undefined) throw new Error('Expected a result.');
  return result;
}

describe('the provider', () => {
  test('of highest priority goes first', async () => {
    expect(await deliver(createManager())).toMatchObject({ status: 'sent', provider: 'first' });
  });

  test('set as default goes before that', async () => {
    expect(await deliver(createManager({ defaultChannel: 'second' }))).toMatchObject({ provider: 'second' });
    expect(await deliver(createManager().setDefaultChannel('second'))).toMatchObject({ provider: 'second' });
  });

  test('configured first goes first among equals, whatever the order of factories', async () => {
    const manager = new NotificationManager({ channels: [{ name: 'a' }, { name: 'b' }] });
    manager.registerFactory('b', () => second).registerFactory('a', () => first);
    expect(await deliver(manager)).toMatchObject({ provider: 'a' });
  });
});

describe('failover', () => {
  test.each([
    ['is unreachable', new TransientError('down')],
    ['asks to wait', new RateLimitedError('slow down', { retryAfterMs: 5_000 })],
  ])('goes to the next provider when one %s, and says so', async (_, error) => {
    first.script = [error];
    const result = await deliver(createManager());
    expect(result).toMatchObject({
      status: 'sent',
      provider: 'second',
      failedOver: [{ provider: 'first', error }],
    });
  });

  test('goes to the next provider when one is not ready', async () => {
    first.isUp = false;
    const result = await deliver(createManager());
    expect(result).toMatchObject({
      provider: 'second',
      failedOver: [{ error: { code: 'CHANNEL_NOT_READY' } }],
    });
    expect(first.requests).toEqual([]);
  });

  test.each([
    ['refused for good', new PermanentError('no'), 'failed'],
    ['refused the address', new InvalidAddressError('no'), 'failed'],
    ['may have sent', new UnknownOutcomeError('?'), 'unknown'],
    ['threw something of its own', new Error('socket hang up'), 'unknown'],
  ])('never happens when one %s', async (_, error, status) => {
    first.script = [error];
    expect(await deliver(createManager())).toMatchObject({ status, provider: 'first', isRetryable: false });
    expect(second.requests).toEqual([]);
  });

  test('never happens when it is not enabled', async () => {
    first.script = [new TransientError('down')];
    const result = await deliver(createManager({ enableFallback: false }));
    expect(result).toMatchObject({ status: 'failed', provider: 'first', isRetryable: true });
    expect(second.requests).toEqual([]);
  });

  test('can be switched on and off', async () => {
    first.script = [new TransientError('down'), new TransientError('down')];
    const manager = createManager({ enableFallback: false }).setFallbackEnabled(true);
    expect(await deliver(manager)).toMatchObject({ status: 'sent', provider: 'second' });
    manager.setFallbackEnabled(false);
    expect(await deliver(manager)).toMatchObject({ status: 'failed' });
  });

  test('that finds nobody fails with the last error, to be retried', async () => {
    first.script = [new TransientError('first down')];
    second.script = [new TransientError('second down')];
    const result = await deliver(createManager());
    expect(result).toMatchObject({ status: 'failed', isRetryable: true, error: { message: 'second down' } });
    expect(result).not.toHaveProperty('retryAfterMs');
    expect(result).not.toHaveProperty('wasTried');
  });

  test('that finds all of them busy waits for the first to be free', async () => {
    first.script = [new RateLimitedError('busy', { retryAfterMs: 5_000 })];
    second.script = [new RateLimitedError('busy', { retryAfterMs: 2_000 })];
    expect(await deliver(createManager())).toMatchObject({ status: 'failed', retryAfterMs: 2_000 });
  });
});

describe('a wait the provider asks for', () => {
  test.each([
    ['rate limited', new RateLimitedError('busy', { retryAfterMs: 7_000 })],
    ['unavailable', new TransientError('busy', { retryAfterMs: 7_000 })],
  ])('is passed on when it is %s', async (_, error) => {
    first.script = [error];
    const result = await deliver(createManager({ enableFallback: false }));
    expect(result).toMatchObject({ status: 'failed', isRetryable: true, retryAfterMs: 7_000 });
  });
});

describe('an unknown outcome', () => {
  test('may be retried where the provider honours keys', async () => {
    const safe = new ScriptedChannel('email', true);
    safe.script = [new UnknownOutcomeError('?')];
    const manager = new NotificationManager().registerChannel('safe', safe);
    expect(await deliver(manager)).toMatchObject({ status: 'unknown', isRetryable: true, provider: 'safe' });
    expect(manager.channelHonoursIdempotencyKey('email')).toBe(true);
  });

  test('is retried at the same provider only, also when that one rests or is gone', async () => {
    const manager = createManager({ circuitBreaker: { failures: 1, rest: 1_000 } });
    const stored = await manager.prepare(new Note(), { email: 'ada@example.com' });
    const key = stored.deliveries[0]?.idempotencyKey ?? '';
    first.script = [new UnknownOutcomeError('?')];
    await manager.deliver(stored);
    const onlyProvider = { [key]: 'first' };
    expect(await manager.deliver(stored, { onlyProvider })).toMatchObject([
      { status: 'failed', wasTried: false },
    ]);
    await clock.advance(1_000);
    expect(await manager.deliver(stored, { onlyProvider })).toMatchObject([
      { status: 'sent', provider: 'first' },
    ]);
    await manager.removeChannel('first');
    expect(await manager.deliver(stored, { onlyProvider })).toMatchObject([
      { error: { code: 'CHANNEL_UNKNOWN' } },
    ]);
    expect(second.requests).toEqual([]);
  });

  test.each([
    ['nothing', undefined],
    ['a legacy failure', { success: false }],
    ['a receipt without an id', { status: 'accepted' }],
  ])('is what a provider that resolves with %s leaves', async (_, answer) => {
    // A channel written in JavaScript can resolve with anything.
    first.script = [async () => answer as never];
    expect(await deliver(createManager())).toMatchObject({ status: 'unknown', isRetryable: false });
  });
});

describe('a provider that never answers', () => {
  test('is left after the timeout with an unknown outcome, and its signal has aborted', async () => {
    first.script = ['hang'];
    const delivering = deliver(createManager({ timeout: 10_000 }));
    await clock.advance(9_999);
    expect(first.requests[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(await delivering).toMatchObject({
      status: 'unknown',
      error: { code: 'CHANNEL_OUTCOME_UNKNOWN', message: expect.stringContaining('within 10000 ms') },
    });
    expect(first.requests[0]?.signal.aborted).toBe(true);
    expect(second.requests).toEqual([]);
  });

  test('is left after the timeout of the send, if one is given', async () => {
    first.script = ['hang'];
    const sending = createManager().send(new Note(), { email: 'a@x.io' }, { timeout: 50 });
    const ended = expect(sending).rejects.toMatchObject({ code: 'NOTIFICATION_SEND_FAILED' });
    await clock.advance(50);
    await ended;
  });

  test('is left when the caller aborts', async () => {
    first.script = ['hang'];
    const controller = new AbortController();
    const delivering = deliver(createManager(), { signal: controller.signal });
    await clock.settle();
    controller.abort(new Error('shutting down'));
    expect(await delivering).toMatchObject({
      status: 'unknown',
      error: { cause: { message: 'shutting down' } },
    });
  });

  test('has its say when it answers to the abort at once', async () => {
    first.script = [
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new TransientError('not yet connected')));
        }),
    ];
    const delivering = deliver(createManager({ enableFallback: false }));
    await clock.advance(30_000);
    expect(await delivering).toMatchObject({ status: 'failed', error: { code: 'CHANNEL_UNAVAILABLE' } });
  });

  test('leaves no timer behind when it does answer', async () => {
    await deliver(createManager());
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the circuit of a provider', () => {
  const circuitBreaker = { failures: 2, rest: 1_000 };

  async function open(manager: NotificationManager): Promise<void> {
    first.script = [new TransientError('down'), new TransientError('down')];
    await deliver(manager);
    await deliver(manager);
  }

  test('opens after failures in a row, and then the next provider is asked without trying it', async () => {
    const manager = createManager({ circuitBreaker });
    await open(manager);
    first.requests.length = 0;
    expect(await deliver(manager)).toMatchObject({ status: 'sent', provider: 'second' });
    expect(first.requests).toEqual([]);
  });

  test('fails a delivery that finds no other as not tried, with the time until the probe', async () => {
    const manager = createManager({ circuitBreaker, enableFallback: false });
    await open(manager);
    await clock.advance(400);
    expect(await deliver(manager)).toMatchObject({
      status: 'failed',
      isRetryable: true,
      wasTried: false,
      retryAfterMs: 600,
      error: { code: 'CHANNEL_UNAVAILABLE' },
    });
  });

  test('makes a direct send reject at once', async () => {
    const manager = createManager({ circuitBreaker, enableFallback: false });
    await open(manager);
    await expect(manager.send(new Note(), { email: 'a@x.io' })).rejects.toThrow(
      'Provider "first" failed several times',
    );
  });

  test('lets one delivery probe after the rest, and closes when that is sent', async () => {
    const manager = createManager({ circuitBreaker, enableFallback: false });
    await open(manager);
    await clock.advance(1_000);
    let answer: () => void = () => undefined;
    first.script = [
      () =>
        new Promise((resolve) => {
          answer = () => resolve({ messageId: 'probe', status: 'accepted' });
        }),
    ];
    const probe = deliver(manager);
    await clock.settle();
    expect(await deliver(manager)).toMatchObject({ status: 'failed', wasTried: false });
    answer();
    expect(await probe).toMatchObject({ status: 'sent' });
    expect(await deliver(manager)).toMatchObject({ status: 'sent' });
  });

  test('closes when the probe is answered with a refusal: the provider works', async () => {
    const manager = createManager({ circuitBreaker, enableFallback: false });
    await open(manager);
    await clock.advance(1_000);
    first.script = [new PermanentError('wrong sender')];
    await deliver(manager);
    expect(await deliver(manager)).toMatchObject({ status: 'sent' });
  });

  test('keeps its probe when the delivery never reached the provider', async () => {
    const manager = createManager({ circuitBreaker, enableFallback: false });
    await open(manager);
    await clock.advance(1_000);
    const onSending = () => Promise.reject(new Error('lease lost'));
    expect(await deliver(manager, { onSending })).toMatchObject({
      status: 'failed',
      error: { code: 'SEND_ABORTED' },
    });
    expect(await deliver(manager)).toMatchObject({ status: 'sent' });
  });

  test('counts timeouts, not refusals', async () => {
    const manager = createManager({ circuitBreaker, enableFallback: false });
    first.script = [new PermanentError('no'), new InvalidAddressError('no'), new RateLimitedError('no')];
    for (let i = 0; i < 3; i += 1) await deliver(manager);
    expect(await deliver(manager)).toMatchObject({ status: 'sent' });
    first.script = ['hang', 'hang'];
    for (let i = 0; i < 2; i += 1) {
      const delivering = deliver(manager);
      await clock.advance(30_000);
      await delivering;
    }
    expect(await deliver(manager)).toMatchObject({ wasTried: false });
  });

  test('tells when it opens and closes', async () => {
    const manager = createManager({ circuitBreaker, enableFallback: false });
    const events: unknown[] = [];
    manager.on('provider:circuit-opened', (event) => events.push(event));
    manager.on('provider:circuit-closed', (event) => events.push(event));
    await open(manager);
    await clock.advance(1_000);
    await deliver(manager);
    expect(events).toEqual([
      { at: new Date(0), provider: 'first', probeAt: new Date(1_000) },
      { at: new Date(1_000), provider: 'first' },
    ]);
  });

  test('can be switched off', async () => {
    const manager = createManager({ circuitBreaker: false, enableFallback: false });
    first.script = Array.from({ length: 20 }, () => new TransientError('down'));
    for (let i = 0; i < 20; i += 1) await deliver(manager);
    expect(await deliver(manager)).toMatchObject({ status: 'sent' });
  });
});

describe('onSending', () => {
  test('is awaited before each provider is called', async () => {
    first.script = [new TransientError('down')];
    const calls: string[] = [];
    const result = await deliver(createManager(), {
      onSending: async ({ provider }: { provider: string }) => {
        await Promise.resolve();
        calls.push(`${provider}: ${first.requests.length + second.requests.length} calls so far`);
      },
    });
    expect(calls).toEqual(['first: 0 calls so far', 'second: 1 calls so far']);
    expect(result.status).toBe('sent');
  });

  test('that throws keeps every provider from being called', async () => {
    const onSending = () => Promise.reject(new TransientError('the store is down'));
    expect(await deliver(createManager(), { onSending })).toMatchObject({
      status: 'failed',
      isRetryable: true,
      error: { code: 'SEND_ABORTED', cause: { message: 'the store is down' } },
    });
    expect([...first.requests, ...second.requests]).toEqual([]);
  });

  test('that throws an error of the store leaves the delivery untried, to be tried later, whatever the code', async () => {
    const unavailable = new TownKrierError('The database is away.', { code: 'QUEUE_UNAVAILABLE' });
    expect(await deliver(createManager(), { onSending: () => Promise.reject(unavailable) })).toMatchObject({
      status: 'failed',
      isRetryable: true,
      wasTried: false,
      error: {
        code: 'SEND_ABORTED',
        cause: unavailable,
        message: expect.stringContaining('The database is away.'),
      },
    });
  });
});

afterEach(() => {
  expect(clock.pendingTimers, 'no timer is left behind').toBe(0);
});
