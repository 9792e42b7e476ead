import { AssertionError } from 'node:assert';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineNotification, PermanentError } from '../src/index.ts';
import { fakeNotifications, VirtualClock } from '../src/testing/index.ts';
import { Note, rejectionOf } from './notifications.ts';
import { ScriptedChannel } from './scripted-channel.ts';

class Welcome extends Note {}
class Goodbye extends Note {}

const commented = defineNotification({
  type: 'comment.posted',
  payload: z.object({ author: z.string() }),
  channels: { email: ({ payload }) => ({ subject: payload.author, text: 'replied' }) },
});

const ada = { email: 'ada@example.com' };

describe('the fake', () => {
  test('records what was sent, revived from what was stored', async () => {
    const fake = fakeNotifications();
    const welcome = new Welcome(['email'], 'hello');
    const results = await fake.send(welcome, ada);
    expect(results.get('email')?.status).toBe('sent');
    const [record] = fake.sent(Welcome);
    expect(record).toMatchObject({
      channel: 'email',
      address: 'ada@example.com',
      message: { text: 'hello' },
    });
    expect(record?.notification).toBeInstanceOf(Welcome);
    expect(record?.notification).not.toBe(welcome);
  });

  test('asserts what was sent and what was not', async () => {
    const fake = fakeNotifications();
    fake.assertNothingSent();
    await fake.send(new Welcome(['email'], 'hello'), ada);
    fake.assertSent(Welcome);
    fake.assertSent(Note);
    fake.assertSent(Welcome, ({ text }, { address }) => text === 'hello' && address === 'ada@example.com');
    fake.assertNotSent(Goodbye);
    fake.assertNotSent(Welcome, ({ text }) => text === 'bye');
  });

  test('says what happened instead when an assertion fails', async () => {
    const fake = fakeNotifications();
    await fake.send(new Welcome(), ada);
    const happened = 'What happened: Welcome over email: sent.';
    expect(() => fake.assertSent(Goodbye)).toThrow(`Expected Goodbye to be sent. ${happened}`);
    expect(() => fake.assertNotSent(Welcome)).toThrow(happened);
    expect(() => fake.assertNothingSent()).toThrow(AssertionError);
    expect(() => fake.assertQueued(Welcome)).toThrow('Expected Welcome to be queued');
    expect(() => fake.assertScheduled(Welcome)).toThrow('Expected Welcome to be scheduled');
    expect(() => fake.assertSkipped(Welcome)).toThrow('Expected Welcome to be skipped');
  });

  test('knows definitions by what made them', async () => {
    const fake = fakeNotifications();
    await fake.send(commented({ author: 'Bob' }), ada);
    fake.assertSent(commented, ({ payload }) => payload.author === 'Bob');
    fake.assertNotSent(commented, ({ payload }) => payload.author === 'Eve');
  });

  test('records what was skipped with its reason', async () => {
    class Choosy extends Note {
      override shouldSend() {
        return 'unsubscribed';
      }
    }
    const fake = fakeNotifications();
    await fake.send(new Choosy(), ada);
    fake.assertSkipped(Choosy);
    fake.assertSkipped(Choosy, 'unsubscribed');
    expect(() => fake.assertSkipped(Choosy, 'asleep')).toThrow(
      'because "asleep", got reasons ["unsubscribed"]',
    );
    fake.assertNothingSent();
  });

  test('records what a queue took, now or later, and sends it when it is delivered', async () => {
    const clock = new VirtualClock(0);
    const fake = fakeNotifications({ clock });
    const stored = await fake.prepare(new Welcome(['email'], 'later'), ada);
    await fake.announceQueued(stored, { jobId: 'job-1', scheduledFor: new Date(60_000) });
    await fake.announceQueued(await fake.prepare(new Goodbye(), ada), { jobId: 'job-2' });
    fake.assertQueued(Welcome, ({ text }, { jobId }) => text === 'later' && jobId === 'job-1');
    fake.assertScheduled(Welcome, (_, { scheduledFor }) => scheduledFor?.getTime() === 60_000);
    fake.assertQueued(Goodbye);
    expect(() => fake.assertScheduled(Goodbye)).toThrow();
    fake.assertNothingSent();
    await fake.deliver(stored, { jobId: 'job-1' });
    fake.assertSent(Welcome);
  });

  test('fails for a notification that could not be stored, also when it is sent at once', async () => {
    const fake = fakeNotifications();
    const note = Object.assign(new Note(), { socket: new WeakMap() });
    expect(await rejectionOf(fake.send(note, ada))).toMatchObject({ code: 'NOTIFICATION_NOT_STORABLE' });
  });

  test('fails for a notification with state that is lost when it is stored', async () => {
    class Sealed extends Note {
      readonly #code = 'x';
      override toEmail() {
        return { subject: 'x', text: this.#code };
      }
    }
    const error = await rejectionOf(fakeNotifications().send(new Sealed(), ada));
    expect(error).toMatchObject({ cause: { code: 'MESSAGE_RENDER_FAILED', cause: expect.any(TypeError) } });
  });

  test('uses a channel of the test where there is one', async () => {
    const failing = new ScriptedChannel();
    failing.script = [new PermanentError('no')];
    const fake = fakeNotifications();
    fake.registerChannel('mine', failing);
    expect(await rejectionOf(fake.send(new Welcome(), ada))).toMatchObject({
      code: 'NOTIFICATION_SEND_FAILED',
    });
    fake.assertNotSent(Welcome);
  });
});
