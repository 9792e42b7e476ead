import {
  type Channel,
  type ChannelReceipt,
  Notification,
  NotificationManager,
  PermanentError,
  TransientError,
  UnknownOutcomeError,
} from '@townkrier/core';
import { type ContentPrivacy, type StorageAdapter, StorageManager } from '@townkrier/storage';

/** Secrets that occur nowhere else: whatever of them is found in the database has leaked. */
interface Canaries {
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly code: string;
  readonly token: string;
}

function canariesOf(number: number): Canaries {
  const letters = [...String(number).padStart(4, '0')].map((digit) => 'bcdfghjklm'[Number(digit)]).join('');
  const digits = String(number).padStart(4, '0');
  return {
    name: `Zyx${letters} Quorvan${letters}`,
    email: `canary.${letters}@mail-${letters}.example`,
    phone: `+49151${digits}${digits}`,
    code: `9${number * 7 + 10_000}`,
    token: `tok${letters}${'Qx7Zk9Lm2Vn4'.repeat(2)}${letters}`,
  };
}

class PasswordReset extends Notification {
  static override readonly type = 'password.reset';
  readonly secrets: Canaries;

  constructor(secrets: Canaries) {
    super();
    this.secrets = secrets;
  }

  override via(): string[] {
    return ['email', 'sms'];
  }

  override toEmail() {
    const { name, email, phone, code, token } = this.secrets;
    return {
      subject: `${name}, your code is ${code}`,
      html: `<p>Dear <b>${name}</b></p><a href="https://app.example/reset?token=${token}">reset</a><p>${email} ${phone} code: ${code}</p>`,
    };
  }

  override toSms() {
    return { text: `${this.secrets.code} is your code, ${this.secrets.name}. Call ${this.secrets.phone}` };
  }
}

/** A provider that fails as its script says, saying too much, and accepts when that has ended. */
class TalkativeChannel implements Channel {
  readonly type: string;
  readonly honoursIdempotencyKey = true;
  script: Error[] = [];

  constructor(type: string) {
    this.type = type;
  }

  parseAddress(address: unknown): unknown {
    return address;
  }

  parseMessage(message: unknown): unknown {
    return message;
  }

  async send(): Promise<ChannelReceipt> {
    const error = this.script.shift();
    if (error !== undefined) throw error;
    return { messageId: `${this.type}-1`, status: 'accepted' };
  }
}

/**
 * Takes notifications through every path a row can be written on: sent, failed, queued, retried, withdrawn, updated by hand.
 * @returns Every secret, in the ways it may be written.
 */
export async function writeCanaries(
  adapter: StorageAdapter,
  level: ContentPrivacy,
  count: number,
): Promise<string[]> {
  const notifications = new NotificationManager();
  const [email, sms] = [new TalkativeChannel('email'), new TalkativeChannel('sms')];
  notifications.registerChannel('my-email', email).registerChannel('my-sms', sms);
  const storage = new StorageManager(adapter, { hashKey: 'a key of sixteen or more' });
  const missed: unknown[] = [];
  storage.on('record:failed', ({ error }) => missed.push(error));
  storage.record(notifications, { privacy: () => level });
  const secrets: string[] = [];
  for (let number = 1; number <= count; number += 1) {
    const canaries = canariesOf(number);
    email.script = talkative(canaries);
    sms.script = talkative(canaries);
    await writeOne(notifications, storage, canaries);
    secrets.push(...canaries.name.split(' '), ...Object.values(canaries), canaries.phone.slice(3));
  }
  if (missed.length > 0) throw new AggregateError(missed, 'The log missed something.');
  return secrets.flatMap(spellings);
}

async function writeOne(
  notifications: NotificationManager,
  storage: StorageManager,
  canaries: Canaries,
): Promise<void> {
  const { name, email, phone, token } = canaries;
  const recipient = { email: { email, name }, sms: { phone } };
  const metadata = { customer: { name, phone }, apiKey: token, [email]: 1 };
  const stored = await notifications.prepare(new PasswordReset(canaries), recipient, { metadata });
  await notifications.announceQueued(stored, { jobId: 'job', maxAttempts: 5 });
  for (const attempt of [1, 2, 3, 4]) {
    await notifications.deliver(stored, { jobId: 'job', attempt, maxAttempts: 5 });
  }
  await notifications.announceWithdrawn(
    stored.deliveries.map(({ idempotencyKey }) => idempotencyKey),
    `gave up on ${email}`,
  );
  const { logs } = await storage.queryLogs({ limit: 2 });
  for (const { id } of logs) {
    await storage.updateLog(id, {
      error: `bounced: ${email} ${phone} ${name}`,
      reason: `complaint of ${name}`,
      metadata: { webhook: { recipient: email, signature: token } },
      personalValues: [name],
    });
  }
}

function talkative({ email, name, phone, token, code }: Canaries): Error[] {
  return [
    new TransientError(`451 ${name} <${email}> try later`),
    new UnknownOutcomeError(`socket closed while sending "${code}" to ${phone}`),
    new PermanentError(`{"to":"${email}","authorization":"Bearer ${token}","name":"${name}"}`),
  ];
}

function spellings(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [secret, encodeURIComponent(secret), base64, Buffer.from(secret).toString('hex')];
}
