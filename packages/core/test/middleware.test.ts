import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Delivery,
  type DeliveryMiddleware,
  type DeliveryNext,
  type DeliveryResult,
  NotificationManager,
  PermanentError,
  RateLimitedError,
  UnknownOutcomeError,
} from '../src/index.ts';
import { Note } from './notifications.ts';
import { ScriptedChannel } from './scripted-channel.ts';

const onMiddlewareError = vi.fn();
let email: ScriptedChannel;
let manager: NotificationManager;

beforeEach(() => {
  onMiddlewareError.mockReset();
  email = new ScriptedChannel();
  manager = new NotificationManager({ onMiddlewareError }).registerChannel('my-email', email);
});

async function deliver(options = {}, note = new Note()): Promise<DeliveryResult> {
  const stored = await manager.prepare(note, { email: 'ada@example.com' });
  const [result] = await manager.deliver(stored, options);
  if (result === undefined) throw new Error('Expected a result.');
  return result;
}

function use(name: string, deliver: DeliveryMiddleware['deliver']): () => void {
  return manager.use({ name, ...(deliver === undefined ? {} : { deliver }) });
}

describe('middleware', () => {
  test('runs around the provider, the first outermost', async () => {
    const order: string[] = [];
    const trace = (name: string) => async (_: Delivery, next: DeliveryNext) => {
      order.push(`${name} in`);
      const decision = await next();
      order.push(`${name} out`);
      return decision;
    };
    use('a', trace('a'));
    manager.use({ name: 'only hooks' });
    use('b', trace('b'));
    await deliver();
    expect(order).toEqual(['a in', 'b in', 'b out', 'a out']);
  });

  test('is gone after its undo', async () => {
    const run = vi.fn((_: Delivery, next: DeliveryNext) => next());
    const undo = use('counted', run);
    await deliver();
    undo();
    undo();
    await deliver();
    expect(run).toHaveBeenCalledOnce();
  });

  test('sees the rendered message, the personal values, and where the try stands', async () => {
    let seen: Delivery | undefined;
    use('log', (delivery, next) => {
      seen = delivery;
      return next();
    });
    await deliver(
      { jobId: 'job-1', attempt: 2, maxAttempts: 4 },
      new Note(['email'], 'Dear Ada').setReference('order-7'),
    );
    expect(seen).toMatchObject({
      channel: 'email',
      address: 'ada@example.com',
      message: { text: 'Dear Ada' },
      notification: { type: 'Note', reference: 'order-7' },
      jobId: 'job-1',
      attempt: 2,
      maxAttempts: 4,
      personalValues: expect.arrayContaining(['ada@example.com', 'Dear Ada']),
    });
    expect(seen?.personalValues).not.toContain('order-7');
  });

  test('may change the message and the address, never what names the delivery', async () => {
    use('rewrite', (delivery, next) =>
      next({
        ...delivery,
        message: { text: 'changed' },
        address: 'bob@example.com',
        idempotencyKey: 'x',
        channel: 'sms',
      }),
    );
    const result = await deliver();
    expect(email.requests[0]).toMatchObject({
      message: { text: 'changed' },
      address: 'bob@example.com',
      idempotencyKey: result.idempotencyKey,
    });
    expect(result).toMatchObject({ status: 'sent', channel: 'email' });
  });

  test('may skip a delivery with its reason', async () => {
    use('quiet hours', async () => ({ status: 'skipped', reason: 'quiet hours' }));
    expect(await deliver()).toMatchObject({ status: 'skipped', reason: 'quiet hours' });
    expect(email.requests).toEqual([]);
  });

  test('sees a delivery that shouldSend declined, without a message', async () => {
    class Declined extends Note {
      override shouldSend() {
        return 'unsubscribed';
      }
    }
    const seen: unknown[] = [];
    use('log', async (delivery, next) => {
      const decision = await next();
      seen.push(delivery.message, decision);
      return decision;
    });
    await deliver({}, new Declined());
    expect(seen).toEqual([undefined, { status: 'skipped', reason: 'unsubscribed' }]);
  });

  test('sees a delivery that could not be rendered, without a message', async () => {
    class Broken extends Note {
      override toEmail(): never {
        throw new Error('template');
      }
    }
    manager.register(Broken);
    const seen: unknown[] = [];
    use('log', async (delivery, next) => {
      seen.push(delivery.message);
      return next();
    });
    expect(await deliver({}, new Broken())).toMatchObject({
      error: { code: 'MESSAGE_RENDER_FAILED' },
      isRetryable: true,
    });
    expect(seen).toEqual([undefined]);
  });
});

describe('a middleware that throws', () => {
  test('before the provider was asked fails the delivery, to be retried', async () => {
    use('limits', () => Promise.reject(new Error('the database is down')));
    expect(await deliver()).toMatchObject({
      status: 'failed',
      isRetryable: true,
      error: { code: 'MIDDLEWARE_FAILED', message: expect.stringContaining('"limits"') },
    });
    expect(email.requests).toEqual([]);
  });

  test('at once, without a promise, counts the same', async () => {
    use('sync', () => {
      throw new Error('bug');
    });
    expect(await deliver()).toMatchObject({ error: { code: 'MIDDLEWARE_FAILED' } });
  });

  test('with a wait passes the wait on', async () => {
    use('limits', () => Promise.reject(new RateLimitedError('too many', { retryAfterMs: 3_000 })));
    expect(await deliver()).toMatchObject({ error: { code: 'MIDDLEWARE_FAILED' }, retryAfterMs: 3_000 });
  });

  test('after the provider accepted changes nothing, and is reported', async () => {
    const bug = new Error('bug');
    use('log', async (_, next) => {
      await next();
      throw bug;
    });
    expect(await deliver()).toMatchObject({ status: 'sent' });
    expect(onMiddlewareError.mock.calls).toEqual([[bug, 'log']]);
  });

  test('after the provider failed leaves that outcome, and is reported', async () => {
    email.script = [new UnknownOutcomeError('?')];
    use('log', async (_, next) => {
      await next().catch(() => undefined);
      throw new Error('bug');
    });
    expect(await deliver()).toMatchObject({ status: 'unknown', isRetryable: false });
    expect(onMiddlewareError).toHaveBeenCalledOnce();
  });

  test('passing on what the provider threw reports nothing', async () => {
    const refused = new PermanentError('no');
    email.script = [refused];
    use('log', async (_, next) => next());
    expect(await deliver()).toMatchObject({ status: 'failed', error: refused, provider: 'my-email' });
    expect(onMiddlewareError).not.toHaveBeenCalled();
  });
});

describe('a middleware with a bug', () => {
  test('that calls next twice sends once', async () => {
    use('eager', async (_, next) => {
      await next();
      return next();
    });
    expect(await deliver()).toMatchObject({ status: 'sent' });
    expect(email.requests).toHaveLength(1);
    expect(String(onMiddlewareError.mock.calls[0])).toContain('"eager" called next() twice');
  });

  test('that calls next without waiting gets what the provider says, not what it says itself', async () => {
    use('hasty', async (_, next) => {
      void next();
      return { status: 'skipped', reason: 'hasty' };
    });
    expect(await deliver()).toMatchObject({ status: 'sent' });
  });

  test('that returns nothing after an accepted message leaves it sent', async () => {
    // A middleware written in JavaScript can return nothing.
    use('forgetful', (async (_: Delivery, next: DeliveryNext) => {
      await next();
    }) as unknown as NonNullable<DeliveryMiddleware['deliver']>);
    expect(await deliver()).toMatchObject({ status: 'sent' });
  });

  test('that neither calls next nor decides fails the delivery', async () => {
    use('empty', (async () => undefined) as unknown as NonNullable<DeliveryMiddleware['deliver']>);
    expect(await deliver()).toMatchObject({ status: 'failed', error: { code: 'MIDDLEWARE_FAILED' } });
    expect(email.requests).toEqual([]);
  });

  test('that never ends is left when the delivery is aborted, and nothing is sent later', async () => {
    let letGo: () => void = () => undefined;
    use('stuck', async (_, next) => {
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      return next();
    });
    const controller = new AbortController();
    const delivering = deliver({ signal: controller.signal });
    await expect.poll(() => letGo).not.toBeUndefined();
    await new Promise(setImmediate);
    controller.abort();
    expect(await delivering).toMatchObject({
      status: 'failed',
      wasTried: false,
      error: { code: 'SEND_ABORTED' },
    });
    letGo();
    await new Promise(setImmediate);
    expect(email.requests).toEqual([]);
  });

  test('in its error handler breaks nothing', async () => {
    onMiddlewareError.mockImplementation(() => {
      throw new Error('handler');
    });
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    use('log', async (_, next) => {
      await next();
      throw new Error('bug');
    });
    expect(await deliver()).toMatchObject({ status: 'sent' });
    expect((await warned).message).toContain('onMiddlewareError failed');
  });
});

describe('the hook settled', () => {
  test('is told every result, and what it throws is reported only', async () => {
    const results: string[] = [];
    manager.use({
      name: 'log',
      async settled(delivery, { status }) {
        results.push(`${delivery.channel} ${status}`);
        throw new Error('bug');
      },
    });
    email.script = ['accept', new PermanentError('no')];
    await deliver();
    await deliver();
    await deliver({ signal: AbortSignal.abort() });
    expect(results).toEqual(['email sent', 'email failed', 'email failed']);
    expect(onMiddlewareError).toHaveBeenCalledTimes(3);
  });
});

describe('announcing', () => {
  test('tells the hook queued about each delivery, with what it needs to mask', async () => {
    const queued = vi.fn();
    manager.use({ name: 'log', queued });
    const note = new Note(['email', 'sms'], 'Dear Ada');
    const stored = await manager.prepare(note, { email: 'ada@example.com', sms: '+15550100' });
    const scheduledFor = new Date(Date.now() + 60_000);
    await manager.announceQueued(stored, { jobId: 'job-1', scheduledFor, maxAttempts: 4 });
    expect(queued.mock.calls[0]?.[0]).toMatchObject([
      {
        channel: 'email',
        address: 'ada@example.com',
        jobId: 'job-1',
        scheduledFor,
        maxAttempts: 4,
        message: { text: 'Dear Ada' },
      },
      {
        channel: 'sms',
        address: '+15550100',
        personalValues: ['ada@example.com', '+15550100', 'email', 'sms', 'Dear Ada'],
      },
    ]);
  });

  test('tells the hook withdrawn, and one that throws does not keep the next from hearing it', async () => {
    const withdrawn = vi.fn();
    manager.use({ name: 'broken', withdrawn: () => Promise.reject(new Error('bug')) });
    manager.use({ name: 'log', withdrawn });
    await manager.announceWithdrawn(['key-1'], 'cancelled');
    expect(withdrawn.mock.calls).toEqual([[['key-1'], 'cancelled']]);
    expect(onMiddlewareError.mock.calls).toEqual([[expect.any(Error), 'broken']]);
  });

  test('never rejects, also for what cannot be revived here', async () => {
    const stored = await manager.prepare(new Note(), { email: 'a@x.io' });
    await manager.announceQueued(
      { ...stored, type: 'gone', content: { kind: 'fields', fields: {} } },
      { jobId: 'job-1' },
    );
    expect(onMiddlewareError).toHaveBeenCalledOnce();
  });
});
