import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type Channel, type EmailAddress, NotificationManager, parseOptions } from '../src/index.ts';
import { VirtualClock } from '../src/testing/index.ts';
import { Note, rejectionOf } from './notifications.ts';
import { ScriptedChannel } from './scripted-channel.ts';

const ada = { email: 'ada@example.com' };

function refusalOf(run: () => unknown): { code?: unknown; message: string } {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error : { message: String(error) };
  }
  throw new Error('Expected a refusal.');
}

describe('options of the manager', () => {
  test.each([
    ['a timeout below 1', { timeout: 0 }, 'timeout'],
    ['a timeout that is no number', { timeout: Number.NaN }, 'timeout'],
    ['a negative rest', { circuitBreaker: { rest: -1 } }, 'circuitBreaker'],
    ['a channel without a name', { channels: [{ name: '' }] }, 'channels[0].name'],
    ['a name used twice', { channels: [{ name: 'a' }, { name: 'a' }] }, 'expected each name once'],
  ])('refuse %s', (_, options, named) => {
    expect(refusalOf(() => new NotificationManager(options))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(named),
    });
  });

  test('refuse an unknown key, listing the known ones', () => {
    // @ts-expect-error it is called enableFallback
    const { message } = refusalOf(() => new NotificationManager({ fallback: true }));
    expect(message).toContain('unknown key fallback (known: defaultChannel, enableFallback, channels');
  });

  test('never show the configuration of a channel', () => {
    const channels = [{ name: 5, config: { apiKey: 're_123' } }];
    // @ts-expect-error a name is a text
    expect(refusalOf(() => new NotificationManager({ channels })).message).not.toContain('re_123');
  });
});

describe('factories', () => {
  interface MailConfig {
    readonly apiKey: string;
    readonly from: string;
  }
  const schema = z.strictObject({ apiKey: z.string(), from: z.string() });

  function createMailChannel(config: MailConfig): Channel<{ text: string }, EmailAddress> {
    parseOptions(schema, config, 'createMailChannel');
    // The scripted channel takes any message and address, so also these.
    return new ScriptedChannel() as Channel as Channel<{ text: string }, EmailAddress>;
  }

  const channels = [{ name: 'Email-Mail', enabled: true, config: { apiKey: 'k', from: 'a@x.io' } }];

  test('build the channel of their configuration, typed as they like, without a cast', async () => {
    const manager = new NotificationManager({ channels }).registerFactory('Email-Mail', createMailChannel);
    expect((await manager.send(new Note(), ada)).get('email')).toMatchObject({ provider: 'Email-Mail' });
  });

  test('throw their own errors when they are registered', () => {
    const config = { apiKey: process.env['NO_SUCH_VARIABLE'], from: 'a@x.io' };
    const manager = new NotificationManager({ channels: [{ name: 'mail', config }] });
    expect(refusalOf(() => manager.registerFactory('mail', createMailChannel))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('createMailChannel'),
    });
    expect(manager.hasChannel('mail')).toBe(false);
  });

  test('build nothing that is disabled or not configured', () => {
    const factory = vi.fn(() => new ScriptedChannel());
    new NotificationManager({ channels: [{ name: 'mail', enabled: false }] })
      .registerFactory('mail', factory)
      .registerFactory('other', factory);
    expect(factory).not.toHaveBeenCalled();
  });

  test('names are case-sensitive, and the error at first use says what is missing', async () => {
    const manager = new NotificationManager({ channels: [...channels, { name: 'off', enabled: false }] });
    manager.registerFactory('email-mail', createMailChannel);
    const error = await rejectionOf(manager.send(new Note(), ada));
    expect(error).toMatchObject({
      cause: {
        code: 'CHANNEL_UNKNOWN',
        message: expect.stringMatching(
          /"email"\. Registered: none\. .*Email-Mail \(no factory is registered for it\), off \(disabled\)/,
        ),
      },
    });
  });

  test('a name can be taken once', () => {
    const manager = new NotificationManager({ channels }).registerFactory('Email-Mail', createMailChannel);
    expect(refusalOf(() => manager.registerFactory('Email-Mail', createMailChannel)).code).toBe(
      'CONFIG_INVALID',
    );
    expect(refusalOf(() => manager.registerChannel('Email-Mail', new ScriptedChannel())).code).toBe(
      'CONFIG_INVALID',
    );
  });
});

describe('channels', () => {
  test('are found by name and list themselves', () => {
    const [up, down] = [new ScriptedChannel(), new ScriptedChannel('sms')];
    down.isUp = false;
    const manager = new NotificationManager({ defaultChannel: 'up' });
    expect(manager.getAvailableChannels()).toEqual([]);
    manager.registerChannel('up', up).registerChannel('down', down);
    expect(manager.getChannel('up')).toBe(up);
    expect(manager.getChannel('UP')).toBeNull();
    expect(manager.getDefaultChannel()).toBe(up);
    expect(manager.getAvailableChannels()).toEqual(['up', 'down']);
    expect(manager.getReadyChannels()).toEqual(['up']);
    expect([manager.hasChannel('down'), manager.isChannelReady('down')]).toEqual([true, false]);
    expect([manager.hasChannel('email'), manager.isChannelReady('email')]).toEqual([false, false]);
  });

  test('a default that is not registered is refused', () => {
    expect(new NotificationManager().getDefaultChannel()).toBeNull();
    const manager = new NotificationManager({ defaultChannel: 'typo' });
    expect(refusalOf(() => manager.getDefaultChannel()).code).toBe('CHANNEL_UNKNOWN');
    expect(refusalOf(() => manager.setDefaultChannel('typo')).code).toBe('CHANNEL_UNKNOWN');
  });

  test('that are removed are closed, and their names are free again', async () => {
    const channel = new ScriptedChannel();
    const manager = new NotificationManager().registerChannel('mail', channel);
    expect(await manager.removeChannel('mail')).toBe(true);
    expect(await manager.removeChannel('mail')).toBe(false);
    expect(channel.closed).toBe(1);
    expect(await rejectionOf(manager.send(new Note(), ada))).toMatchObject({
      cause: { code: 'CHANNEL_UNKNOWN' },
    });
    manager.registerChannel('mail', new ScriptedChannel());
    expect((await manager.send(new Note(), ada)).get('email')?.status).toBe('sent');
  });

  test('whose isReady throws counts as not ready', async () => {
    const channel = Object.assign(new ScriptedChannel(), {
      isReady(): boolean {
        throw new Error('bug');
      },
    });
    const manager = new NotificationManager().registerChannel('mail', channel);
    expect(manager.isChannelReady('mail')).toBe(false);
    expect(await rejectionOf(manager.send(new Note(), ada))).toMatchObject({
      cause: { code: 'CHANNEL_NOT_READY' },
    });
  });

  test('whose parsers throw errors of their own fail the delivery for good', async () => {
    const channel = new ScriptedChannel();
    const manager = new NotificationManager().registerChannel('mail', channel);
    channel.parseMessage = () => {
      throw new TypeError('bug');
    };
    expect(await rejectionOf(manager.send(new Note(), ada))).toMatchObject({
      cause: { code: 'MESSAGE_INVALID' },
    });
    channel.parseAddress = () => {
      throw new TypeError('bug');
    };
    expect(await rejectionOf(manager.send(new Note(), ada))).toMatchObject({
      cause: { code: 'CHANNEL_ADDRESS_INVALID' },
    });
  });
});

describe('close', () => {
  test('refuses what comes later', async () => {
    const manager = new NotificationManager().registerChannel('mail', new ScriptedChannel());
    const stored = await manager.prepare(new Note(), ada);
    await manager.close();
    for (const refused of [
      manager.send(new Note(), ada),
      manager.prepare(new Note(), ada),
      manager.deliver(stored),
    ]) {
      expect(await rejectionOf(refused)).toMatchObject({ code: 'MANAGER_CLOSED' });
    }
  });

  test('waits for the sends in hand before it closes the channels, once', async () => {
    let answer: () => void = () => undefined;
    const channel = new ScriptedChannel();
    channel.script = [
      () =>
        new Promise((resolve) => {
          answer = () => resolve({ messageId: 'm', status: 'accepted' });
        }),
    ];
    const manager = new NotificationManager().registerChannel('mail', channel);
    const sending = manager.send(new Note(), ada);
    await expect.poll(() => channel.requests.length).toBe(1);
    const closing = manager.close();
    expect(manager.close()).toBe(closing);
    expect(channel.closed).toBe(0);
    answer();
    await closing;
    expect(channel.closed).toBe(1);
    expect((await sending).get('email')?.status).toBe('sent');
  });

  test('does not wait for ever for a middleware that never ends', async () => {
    const clock = new VirtualClock();
    const channel = new ScriptedChannel();
    const manager = new NotificationManager({ clock, timeout: 1_000 }).registerChannel('mail', channel);
    manager.use({ name: 'stuck', deliver: () => new Promise(() => undefined) });
    void manager.send(new Note(), ada);
    const closing = manager.close();
    await clock.advance(1_000);
    await closing;
    expect(channel.closed).toBe(1);
  });

  test('is what await using does', async () => {
    const channel = new ScriptedChannel();
    {
      await using manager = new NotificationManager().registerChannel('mail', channel);
      await manager.send(new Note(), ada);
    }
    expect(channel.closed).toBe(1);
  });

  test('closes all channels even when one fails to', async () => {
    const [bad, good] = [new ScriptedChannel('email'), new ScriptedChannel('sms')];
    bad.close = () => Promise.reject(new Error('socket'));
    const manager = new NotificationManager().registerChannel('bad', bad).registerChannel('good', good);
    expect(await rejectionOf(manager.close())).toMatchObject({ message: 'socket' });
    expect(good.closed).toBe(1);
  });
});

describe('registering notifications', () => {
  test('twice is once, two of one type is refused', () => {
    const manager = new NotificationManager().register(Note).register(Note, Note);
    class Other extends Note {
      static override readonly type = 'Note';
    }
    expect(refusalOf(() => manager.register(Other))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('"Note" is registered for class Note'),
    });
  });

  test('without a name is refused', () => {
    expect(refusalOf(() => new NotificationManager().register(class extends Note {})).message).toContain(
      'static `type`',
    );
  });

  test('with half of the way to be stored is refused', () => {
    class Half extends Note {
      override toStored() {
        return {};
      }
    }
    expect(refusalOf(() => new NotificationManager().register(Half)).message).toContain(
      'toStored but not static fromStored',
    );
  });
});
