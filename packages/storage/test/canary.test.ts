import { Notification, PermanentError, TransientError, UnknownOutcomeError } from '@townkrier/core';
import { describe, expect, it } from 'vitest';
import { ContentPrivacy } from '../src/index.ts';
import { type Recording, startRecording } from './recording.ts';
import { ScriptedChannel } from './scripted-channel.ts';

/** Secrets that occur nowhere else: whatever of them is found in the store has leaked. */
interface Canaries {
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly code: string;
  readonly token: string;
  readonly street: string;
}

function canariesOf(number: number): Canaries {
  const mark = String(number).padStart(4, '0');
  return {
    name: `Zyx${letters(number)} Quorvan${letters(number)}`,
    email: `canary.${letters(number)}@mail-${letters(number)}.example`,
    phone: `+49151${mark}${mark}`,
    code: `9${String(number * 7 + 10_000)}`,
    token: `tok${letters(number)}${'Qx7Zk9Lm2Vn4'.repeat(2)}${letters(number)}`,
    street: `Vexlumstraat${letters(number)} 17`,
  };
}

/** A number as letters, for canaries that look like words. */
function letters(number: number): string {
  return [...String(number).padStart(4, '0')].map((digit) => 'bcdfghjklm'[Number(digit)]).join('');
}

class PasswordReset extends Notification {
  static override readonly type = 'password.reset';
  readonly secrets: Canaries;

  constructor(secrets: Canaries) {
    super();
    this.secrets = secrets;
  }

  override via(): string[] {
    return ['email', 'sms', 'telegram'];
  }

  override toEmail() {
    const { name, email, phone, code, token, street } = this.secrets;
    return {
      subject: `${name}, your code is ${code}`,
      html: `<p>Dear <b>${name}</b>, ${street}</p><a href="https://app.example/reset?token=${token}">reset</a><p>${email} ${encodeURIComponent(email)} ${phone} code: ${code}</p><!-- ${name} -->`,
    };
  }

  override toSms() {
    return {
      text: `${this.secrets.code} is your code, ${this.secrets.name}. Not you? Call ${this.secrets.phone}`,
    };
  }

  toTelegram() {
    return {
      text: `Hi ${this.secrets.name}`,
      nested: [{ token: this.secrets.token, to: this.secrets.email }],
    };
  }
}

const RECIPIENT = (canaries: Canaries) => ({
  email: { email: canaries.email, name: canaries.name },
  sms: { phone: canaries.phone },
  telegram: { chat: canaries.phone, name: canaries.name },
});

/** Errors that say too much, as providers' errors do. */
function talkative({ email, name, phone, token, code }: Canaries): Error[] {
  return [
    new TransientError(`451 ${name} <${email}> try later`),
    new UnknownOutcomeError(`socket closed while sending "${code}" to ${phone}`),
    new PermanentError(`{"to":"${email}","authorization":"Bearer ${token}","name":"${name}"}`, {
      cause: new Error(`${email} ${phone}`),
    }),
  ];
}

/** Takes one notification through every path a row can be written on. */
async function sendEverywhere(recording: Recording, canaries: Canaries): Promise<void> {
  const { clock, notifications, storage } = recording;
  await clock.advance(1000);
  const metadata = {
    customer: { name: canaries.name, phone: canaries.phone },
    apiKey: canaries.token,
    [canaries.email]: 1,
  };
  const send = (): Promise<unknown> =>
    notifications.send(new PasswordReset(canaries), RECIPIENT(canaries), { metadata });
  await send();
  recording.email.script = talkative(canaries);
  recording.sms.script = talkative(canaries);
  await send().catch(() => {});

  const stored = await notifications.prepare(new PasswordReset(canaries), RECIPIENT(canaries), { metadata });
  await notifications.announceQueued(stored, {
    jobId: 'job',
    maxAttempts: 5,
    scheduledFor: new Date(clock.now() + 5),
  });
  for (const attempt of [1, 2, 3]) {
    await notifications.deliver(stored, { jobId: 'job', attempt, maxAttempts: 5 });
  }
  await notifications.announceWithdrawn(
    stored.deliveries.map(({ idempotencyKey }) => idempotencyKey),
    `gave up on ${canaries.email}`,
  );
  const { logs } = await storage.queryLogs({ limit: 9, sortBy: 'createdAt', sortOrder: 'desc' });
  for (const { id } of logs) {
    await storage.updateLog(id, {
      error: `bounced: ${canaries.email} ${canaries.phone} ${canaries.name}`,
      reason: `complaint of ${canaries.name}`,
      metadata: { webhook: { recipient: canaries.email, signature: canaries.token } },
      personalValues: [canaries.name],
    });
  }
}

/** Everything a row of the store holds, and everything the library says beside it. */
async function dump(recording: Recording): Promise<string> {
  const logs = await recording.logs();
  const explanations = await Promise.all(logs.map(({ id }) => recording.storage.explain(id)));
  return JSON.stringify([logs, explanations, recording.failures.map(({ error }) => `${error.message}`)]);
}

/** The ways a secret may be written. */
function spellings(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('hex'),
  ];
}

async function findLeaks(level: ContentPrivacy, count: number): Promise<string[]> {
  const recording = startRecording({ privacy: () => level });
  recording.notifications.registerChannel('my-telegram', new ScriptedChannel('telegram'));
  const secrets: string[] = [];
  for (let number = 1; number <= count; number += 1) {
    const canaries = canariesOf(number);
    await sendEverywhere(recording, canaries);
    const { name, email, phone, code, token, street } = canaries;
    secrets.push(
      ...name.split(' '),
      name,
      email,
      email.split('@')[0] ?? '',
      phone,
      phone.slice(3),
      code,
      token,
      street,
    );
  }
  const text = (await dump(recording)).toLowerCase();
  return secrets.filter((secret) =>
    spellings(secret).some((spelling) => text.includes(spelling.toLowerCase())),
  );
}

describe('no secret reaches the store', () => {
  it.each([ContentPrivacy.MASKED, ContentPrivacy.PRIVATE])(
    'at level %s, on any path',
    async (level) => {
      expect(await findLeaks(level, 40)).toEqual([]);
    },
    30_000,
  );

  it('and the search would find one if it did', async () => {
    expect((await findLeaks(ContentPrivacy.PUBLIC, 1)).length).toBeGreaterThan(3);
  });
});
