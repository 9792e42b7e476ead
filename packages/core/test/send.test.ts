import { describe, expect, test } from 'vitest';
import {
  type ChannelRequest,
  Notification,
  NotificationManager,
  PermanentError,
  SendError,
} from '../src/index.ts';
import { Note, rejectionOf } from './notifications.ts';
import { ScriptedChannel } from './scripted-channel.ts';

function managerWith(...channels: ScriptedChannel[]): NotificationManager {
  const manager = new NotificationManager();
  for (const channel of channels) manager.registerChannel(`my-${channel.type}`, channel);
  return manager;
}

const ada = { email: { email: 'ada@example.com' }, sms: { phone: '+15550100' } };

describe('a send', () => {
  test('resolves with the receipt of each channel', async () => {
    const manager = managerWith(new ScriptedChannel('email'), new ScriptedChannel('sms'));
    const results = await manager.send(new Note(['email', 'sms']), ada);
    expect([...results.keys()]).toEqual(['email', 'sms']);
    expect(results.get('email')).toMatchObject({
      status: 'sent',
      provider: 'my-email',
      receipt: { messageId: 'email-1', status: 'accepted' },
    });
  });

  test('hands the provider the message, the address, the metadata and a key', async () => {
    const email = new ScriptedChannel();
    const note = new Note().setMetadata({ plan: 'gold', from: 'note' }).setReference('order-7');
    await managerWith(email).send(note, ada, { metadata: { from: 'options' } });
    expect(email.requests).toHaveLength(1);
    expect(email.requests[0]).toMatchObject({
      message: { subject: 'Note', text: 'hello' },
      address: { email: 'ada@example.com' },
      metadata: { plan: 'gold', from: 'options' },
      attempt: 1,
      notification: { type: 'Note' },
    });
    expect(email.requests[0]?.idempotencyKey).toMatch(/^[\w-]{43}$/);
  });

  test('goes to each address of an array, and to the same one only once', async () => {
    const email = new ScriptedChannel();
    const results = await managerWith(email).send(new Note(), {
      email: ['a@x.io', 'b@x.io', { email: 'A@x.io' }],
    });
    expect(email.requests.map(({ address }) => address)).toEqual(['a@x.io', 'b@x.io']);
    expect(results.get('email')?.deliveries).toHaveLength(2);
  });

  test('renders once a channel, however many addresses there are', async () => {
    let rendered = 0;
    class Counted extends Note {
      override toEmail() {
        rendered += 1;
        return super.toEmail();
      }
    }
    await managerWith(new ScriptedChannel()).send(new Counted(), { email: ['a@x.io', 'b@x.io', 'c@x.io'] });
    expect(rendered).toBe(1);
  });

  test('with the same idempotency key gives each delivery the same key again', async () => {
    const email = new ScriptedChannel();
    const manager = managerWith(email);
    await manager.send(new Note(), ada, { idempotencyKey: 'ship:A1' });
    await manager.send(new Note(), ada, { idempotencyKey: 'ship:A1' });
    await manager.send(new Note(), ada);
    const [first, second, third] = email.requests.map(({ idempotencyKey }) => idempotencyKey);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test('goes only to the channels asked for', async () => {
    const [email, sms] = [new ScriptedChannel('email'), new ScriptedChannel('sms')];
    const results = await managerWith(email, sms).send(
      new Note(['email', 'sms']),
      { sms: '+1' },
      { channels: ['sms'] },
    );
    expect([...results.keys()]).toEqual(['sms']);
    expect(email.requests).toEqual([]);
  });

  test('works for a notification that could not be stored', async () => {
    class WithSocket extends Note {
      readonly callback = () => 'live';
      override toEmail() {
        return { subject: 'Note', text: this.callback() };
      }
    }
    const email = new ScriptedChannel();
    await managerWith(email).send(new WithSocket(), ada);
    expect(email.requests[0]?.message).toMatchObject({ text: 'live' });
  });

  test('waits for via and toX that are asynchronous', async () => {
    class Late extends Notification {
      async via() {
        return ['email'];
      }
      override async toEmail() {
        return { subject: 'late', text: 'late' };
      }
    }
    const email = new ScriptedChannel();
    await managerWith(email).send(new Late(), ada);
    expect(email.requests).toHaveLength(1);
  });

  test('of a channel of your own is rendered by its own method', async () => {
    class Telegram extends Notification {
      via() {
        return ['telegram', 'ms-teams'];
      }
      toTelegram() {
        return { text: 'telegram' };
      }
      toMsTeams() {
        return { text: 'teams' };
      }
    }
    const [telegram, teams] = [new ScriptedChannel('telegram'), new ScriptedChannel('ms-teams')];
    await managerWith(telegram, teams).send(new Telegram(), { telegram: 1, 'ms-teams': 2 });
    expect([telegram.requests[0]?.message, teams.requests[0]?.message]).toEqual([
      { text: 'telegram' },
      { text: 'teams' },
    ]);
  });
});

describe('a notifiable recipient', () => {
  const user = {
    name: 'Ada',
    preferredLocale: 'de-AT',
    timeZone: 'Europe/Vienna',
    routeNotificationFor: (channel: string) => (channel === 'email' ? 'ada@example.com' : undefined),
  };

  test('is asked for its address of each channel, and via sees the object itself', async () => {
    let seen: unknown;
    class Asking extends Note {
      override via(recipient?: unknown) {
        seen = recipient;
        return ['email'];
      }
    }
    const email = new ScriptedChannel();
    await managerWith(email).send(new Asking(), user);
    expect(email.requests[0]?.address).toBe('ada@example.com');
    expect(seen).toBe(user);
  });

  test('shows toX its addresses, locale and time zone, and nothing else', async () => {
    let seen: { name?: unknown; preferredLocale?: unknown; timeZone?: unknown } = {};
    class Looking extends Notification {
      via() {
        return ['email'];
      }
      override toEmail(recipient: typeof user) {
        seen = { ...recipient };
        return { subject: 'x', text: String(recipient.routeNotificationFor('email')) };
      }
    }
    const email = new ScriptedChannel();
    await managerWith(email).send(new Looking(), user);
    expect(email.requests[0]?.message).toMatchObject({ text: 'ada@example.com' });
    expect(seen).toMatchObject({ preferredLocale: 'de-AT', timeZone: 'Europe/Vienna' });
    expect(seen.name).toBeUndefined();
  });

  test('put together on the spot gets what it is notified of', async () => {
    const [email, sms] = [new ScriptedChannel('email'), new ScriptedChannel('sms')];
    const manager = managerWith(email, sms);
    await manager
      .route('email', 'ada@example.com')
      .route('sms', '+15550100')
      .notify(new Note(['email', 'sms']));
    expect([email.requests[0]?.address, sms.requests[0]?.address]).toEqual(['ada@example.com', '+15550100']);
  });
});

describe('one bad channel never stops another', () => {
  test('and the send rejects with what became of each', async () => {
    const [email, sms] = [new ScriptedChannel('email'), new ScriptedChannel('sms')];
    sms.script = [new PermanentError('The sender is not verified.')];
    const error = await rejectionOf(managerWith(email, sms).send(new Note(['sms', 'email']), ada));
    expect(SendError.is(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'NOTIFICATION_SEND_FAILED',
      message: expect.stringContaining('sms failed: The sender is not verified.'),
      cause: { code: 'CHANNEL_REJECTED' },
    });
    if (!SendError.is(error)) return;
    expect([...error.results].map(([channel, { status }]) => [channel, status])).toEqual([
      ['sms', 'failed'],
      ['email', 'sent'],
    ]);
  });

  test('nor one address another', async () => {
    const email = new ScriptedChannel();
    const error = await rejectionOf(
      managerWith(email).send(new Note(), { email: ['invalid', 'ada@example.com'] }),
    );
    expect(error).toMatchObject({
      results: new Map([['email', expect.objectContaining({ status: 'failed' })]]),
    });
    expect(email.requests.map(({ address }) => address)).toEqual(['ada@example.com']);
  });

  test('while a slow one is awaited', async () => {
    const [email, sms] = [new ScriptedChannel('email'), new ScriptedChannel('sms')];
    let finish: () => void = () => undefined;
    const slow = async (_: ChannelRequest) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { messageId: 'slow', status: 'accepted' as const };
    };
    email.script = [slow];
    const sending = managerWith(email, sms).send(new Note(['email', 'sms']), ada);
    await expect.poll(() => sms.requests.length).toBe(1);
    finish();
    expect((await sending).size).toBe(2);
  });
});

describe('a notification that never finishes its message', () => {
  test('is left when the send is aborted', async () => {
    const email = new ScriptedChannel();
    const note = Object.assign(new Note(), { toEmail: () => new Promise(() => undefined) });
    const controller = new AbortController();
    const sending = rejectionOf(managerWith(email).send(note, ada, { signal: controller.signal }));
    await new Promise(setImmediate);
    controller.abort();
    expect(await sending).toMatchObject({ cause: { code: 'SEND_ABORTED' } });
    expect(email.requests).toEqual([]);
  });
});

describe('what can be known before sending is refused before sending', () => {
  test.each([
    ['a negative timeout', { timeout: -1 }, 'CONFIG_INVALID', 'timeout'],
    ['a timeout that is no number', { timeout: Number.NaN }, 'CONFIG_INVALID', 'timeout'],
    ['an empty key', { idempotencyKey: '' }, 'CONFIG_INVALID', 'idempotencyKey'],
    ['channels the notification does not use', { channels: ['push'] }, 'NOTIFICATION_NO_CHANNELS', 'push'],
    ['a signal that has aborted', { signal: AbortSignal.abort() }, 'SEND_ABORTED', 'aborted'],
  ])('%s', async (_, options, code, named) => {
    const email = new ScriptedChannel();
    const error = await rejectionOf(managerWith(email).send(new Note(), ada, options));
    expect(error).toMatchObject({ code, message: expect.stringContaining(named) });
    expect(email.requests).toEqual([]);
  });

  test('an unknown option', async () => {
    const manager = managerWith(new ScriptedChannel());
    // @ts-expect-error there is no such option
    const error = await rejectionOf(manager.send(new Note(), ada, { chanels: ['email'] }));
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('unknown key chanels'),
    });
  });

  test.each([
    ['no address for the channel', { sms: '+15550100' }],
    ['an address that is null', { email: null }],
    ['an address that is empty', { email: '' }],
    ['no addresses at all', { email: [] }],
    ['an empty recipient', {}],
  ])('%s', async (_, recipient) => {
    const error = await rejectionOf(managerWith(new ScriptedChannel()).send(new Note(), recipient));
    expect(error).toMatchObject({ code: 'RECIPIENT_MISSING', message: expect.stringContaining('"email"') });
  });

  test.each([
    ['null', null],
    ['a string', 'ada@example.com'],
  ])('a recipient that is %s', async (_, recipient) => {
    const manager = managerWith(new ScriptedChannel());
    // @ts-expect-error neither is a recipient
    expect(await rejectionOf(manager.send(new Note(), recipient))).toMatchObject({
      code: 'RECIPIENT_MISSING',
    });
  });

  test.each([
    ['no channel', []],
    ['an empty name', ['']],
    ['something else than an array', 'email'],
    ['something else than names', [5]],
  ])('via that returns %s', async (_, channels) => {
    const note = Object.assign(new Note(), { via: () => channels });
    const error = await rejectionOf(managerWith(new ScriptedChannel()).send(note, ada));
    expect(error).toMatchObject({
      code: 'NOTIFICATION_NO_CHANNELS',
      message: expect.stringContaining('Note.via()'),
    });
  });
});

describe('a delivery fails by itself', () => {
  async function errorOf(note: Notification, recipient = {}): Promise<unknown> {
    const error = await rejectionOf(managerWith(new ScriptedChannel()).send(note, { ...ada, ...recipient }));
    return SendError.is(error) ? error.cause : error;
  }

  test('when no provider carries its channel', async () => {
    expect(await errorOf(new Note(['sms']))).toMatchObject({
      code: 'CHANNEL_UNKNOWN',
      message: expect.stringContaining('"sms". Registered: my-email (email)'),
    });
  });

  test('when the notification cannot render it', async () => {
    class Wordless extends Notification {
      via() {
        return ['email'];
      }
    }
    expect(await errorOf(new Wordless())).toMatchObject({
      code: 'MESSAGE_MISSING',
      message: expect.stringContaining('toEmail()'),
    });
  });

  test('when rendering throws, and the error names the notification but not the reason', async () => {
    class Broken extends Note {
      override toEmail(): never {
        throw new TypeError('secret of ada');
      }
    }
    const error = await errorOf(new Broken());
    expect(error).toMatchObject({ code: 'MESSAGE_RENDER_FAILED', cause: expect.any(TypeError) });
    expect(String(error)).toContain('Broken threw a TypeError');
    expect(String(error)).not.toContain('secret');
  });

  test('when the channel refuses the message', async () => {
    expect(await errorOf(new Note(['email'], ''))).toMatchObject({ code: 'MESSAGE_INVALID' });
  });

  test('when the address is unusable', async () => {
    expect(await errorOf(new Note(), { email: 'invalid' })).toMatchObject({
      code: 'CHANNEL_ADDRESS_INVALID',
    });
  });
});

describe('shouldSend', () => {
  class Choosy extends Note {
    readonly answer: boolean | string;
    constructor(answer: boolean | string) {
      super();
      this.answer = answer;
    }
    override shouldSend() {
      return this.answer;
    }
  }

  test.each([
    [false, 'shouldSend returned false'],
    ['unsubscribed', 'unsubscribed'],
  ])('that answers %j skips the delivery with a reason, which is no failure', async (answer, reason) => {
    const email = new ScriptedChannel();
    const results = await managerWith(email).send(new Choosy(answer), ada);
    expect(results.get('email')).toMatchObject({ status: 'skipped', reason });
    expect(email.requests).toEqual([]);
  });

  test('that answers true sends', async () => {
    const results = await managerWith(new ScriptedChannel()).send(new Choosy(true), ada);
    expect(results.get('email')?.status).toBe('sent');
  });
});
