import { AssertionError } from 'node:assert';
import type { DeliveryResult } from '../delivery.ts';
import type { NotificationManagerOptions } from '../manager-options.ts';
import type { Notification, NotificationClass } from '../notification.ts';
import type { ChannelName } from '../notification-channel.ts';
import { NotificationManager } from '../notification-manager.ts';
import { classOf } from '../notification-registry.ts';
import type { QueuedAnnouncement } from '../queued-deliveries.ts';
import type { Recipient } from '../recipient.ts';
import type { DeliverOptions, SendOptions, SendResults } from '../send-options.ts';
import type { StoredNotification } from '../stored-notification.ts';
import { RecordingChannel } from './recording-channel.ts';

/** What an assertion is about: a class, or what `defineNotification` returned. */
export type NotificationTarget<Instance extends Notification> =
  | NotificationClass<Instance>
  | { readonly notificationClass: NotificationClass<Instance> };

/** A try of a delivery, as the fake saw it end. */
export interface RecordedDelivery {
  /** Revived from what was stored, as in a worker. */
  readonly notification: Notification;
  readonly channel: ChannelName;
  readonly address: unknown;
  /** As rendered; `undefined` when it was not. */
  readonly message: unknown;
  readonly result: DeliveryResult;
}

/** A notification a queue took. */
export interface RecordedJob {
  readonly notification: Notification;
  readonly stored: StoredNotification;
  readonly jobId: string;
  readonly scheduledFor: Date | null;
}

/** Narrows an assertion to some notifications, and to some of their records. */
export type Matcher<Instance, Record> = (notification: Instance, record: Record) => boolean;

/**
 * A manager that sends nothing and remembers everything. It is a whole `NotificationManager` (middleware, events, circuits work) with a recording
 * channel for every channel nobody registered, so it also stands behind a `QueueManager`.
 *
 * Every notification is stored, turned to JSON and revived on the way, as by a durable queue: one that could not survive that fails here already.
 */
export class FakeNotifications extends NotificationManager {
  readonly #deliveries: RecordedDelivery[] = [];
  readonly #jobs: RecordedJob[] = [];

  override async prepare(
    notification: Notification,
    recipient: Recipient,
    options: SendOptions = {},
  ): Promise<StoredNotification> {
    // What is not registered would be rendered here and now; then its fields would go untested.
    this.register(classOf(notification));
    const stored = await super.prepare(notification, recipient, options);
    const text = JSON.stringify(stored);
    const revived: StoredNotification = JSON.parse(text);
    return revived;
  }

  override async send(
    notification: Notification,
    recipient: Recipient,
    options: SendOptions = {},
  ): Promise<SendResults> {
    const stored = await this.prepare(notification, recipient, options);
    return this.sendStored(stored, options);
  }

  override async deliver(
    stored: StoredNotification,
    options: DeliverOptions = {},
  ): Promise<DeliveryResult[]> {
    for (const { channel } of stored.deliveries) this.#provide(channel);
    const messages = new Map<string, { readonly message: unknown; readonly address: unknown }>();
    const forget = this.use({
      name: 'fakeNotifications',
      async settled({ idempotencyKey, message, address }) {
        messages.set(idempotencyKey, { message, address });
      },
    });
    try {
      const results = await super.deliver(stored, options);
      const notification = this.revive(stored);
      for (const result of results) {
        const { message, address } = {
          message: undefined,
          address: undefined,
          ...messages.get(result.idempotencyKey),
        };
        this.#deliveries.push({ notification, channel: result.channel, address, message, result });
      }
      return results;
    } finally {
      forget();
    }
  }

  override async announceQueued(stored: StoredNotification, announcement: QueuedAnnouncement): Promise<void> {
    const { jobId, scheduledFor = null } = announcement;
    const isLater = scheduledFor !== null && scheduledFor.getTime() > this.clock.now();
    this.#jobs.push({
      notification: this.revive(stored),
      stored,
      jobId,
      scheduledFor: isLater ? scheduledFor : null,
    });
    await super.announceQueued(stored, announcement);
  }

  /** The deliveries that were sent, in the order they ended. */
  sent<Instance extends Notification>(
    target?: NotificationTarget<Instance>,
    matches?: Matcher<Instance, RecordedDelivery>,
  ): RecordedDelivery[] {
    return this.#ended('sent', target, matches);
  }

  /** The deliveries it was decided not to send. */
  skipped<Instance extends Notification>(
    target?: NotificationTarget<Instance>,
    matches?: Matcher<Instance, RecordedDelivery>,
  ): RecordedDelivery[] {
    return this.#ended('skipped', target, matches);
  }

  /** What a queue took, due at once or later. */
  queued<Instance extends Notification>(
    target?: NotificationTarget<Instance>,
    matches?: Matcher<Instance, RecordedJob>,
  ): RecordedJob[] {
    return select(this.#jobs, target, matches);
  }

  /** Fails unless such a notification was sent, on any channel. */
  assertSent<Instance extends Notification>(
    target: NotificationTarget<Instance>,
    matches?: Matcher<Instance, RecordedDelivery>,
  ): void {
    if (this.sent(target, matches).length === 0) this.#fail(`Expected ${nameOf(target)} to be sent`);
  }

  /** Fails when such a notification was sent. */
  assertNotSent<Instance extends Notification>(
    target: NotificationTarget<Instance>,
    matches?: Matcher<Instance, RecordedDelivery>,
  ): void {
    if (this.sent(target, matches).length > 0) this.#fail(`Expected ${nameOf(target)} not to be sent`);
  }

  /** Fails unless a queue took such a notification, to send it at once or later. */
  assertQueued<Instance extends Notification>(
    target: NotificationTarget<Instance>,
    matches?: Matcher<Instance, RecordedJob>,
  ): void {
    if (this.queued(target, matches).length === 0) this.#fail(`Expected ${nameOf(target)} to be queued`);
  }

  /** Fails unless a queue took such a notification for later. */
  assertScheduled<Instance extends Notification>(
    target: NotificationTarget<Instance>,
    matches?: Matcher<Instance, RecordedJob>,
  ): void {
    const isScheduled = this.queued(target, matches).some(({ scheduledFor }) => scheduledFor !== null);
    if (!isScheduled) this.#fail(`Expected ${nameOf(target)} to be scheduled`);
  }

  /** Fails unless such a notification was skipped, with this reason if one is given. */
  assertSkipped<Instance extends Notification>(target: NotificationTarget<Instance>, reason?: string): void {
    const reasons = this.skipped(target).map(({ result }) => ('reason' in result ? result.reason : ''));
    if (reason === undefined ? reasons.length > 0 : reasons.includes(reason)) return;
    const because = reason === undefined ? '' : ` because "${reason}"`;
    this.#fail(`Expected ${nameOf(target)} to be skipped${because}, got reasons ${JSON.stringify(reasons)}`);
  }

  /** Fails when anything was sent. What waits in a queue does not count. */
  assertNothingSent(): void {
    if (this.sent().length > 0) this.#fail('Expected nothing to be sent');
  }

  #ended<Instance extends Notification>(
    status: DeliveryResult['status'],
    target: NotificationTarget<Instance> | undefined,
    matches: Matcher<Instance, RecordedDelivery> | undefined,
  ): RecordedDelivery[] {
    const ended = this.#deliveries.filter(({ result }) => result.status === status);
    return select(ended, target, matches);
  }

  #provide(channel: ChannelName): void {
    if (this.hasProviderFor(channel)) return;
    this.registerChannel(`fake-${channel}`, new RecordingChannel(channel));
  }

  #fail(message: string): never {
    const ended = this.#deliveries.map(
      ({ notification, channel, result }) =>
        `${notification.constructor.name} over ${channel}: ${result.status}`,
    );
    const waiting = this.#jobs.map(({ notification }) => `${notification.constructor.name}: queued`);
    const happened = [...ended, ...waiting].join('; ') || 'nothing';
    throw new AssertionError({
      message: `${message}. What happened: ${happened}.`,
      stackStartFn: this.#fail,
    });
  }
}

/**
 * A {@link FakeNotifications} to hand to the code under test instead of the app's manager.
 * @param options - As for `NotificationManager`; a `clock` most often.
 */
export function fakeNotifications(options: NotificationManagerOptions = {}): FakeNotifications {
  return new FakeNotifications(options);
}

function select<Instance extends Notification, Record extends { readonly notification: Notification }>(
  records: readonly Record[],
  target: NotificationTarget<Instance> | undefined,
  matches: Matcher<Instance, Record> = () => true,
): Record[] {
  return records.filter((record) => {
    const { notification } = record;
    if (target === undefined) return true;
    return isInstance(notification, target) && matches(notification, record);
  });
}

function isInstance<Instance extends Notification>(
  notification: Notification,
  target: NotificationTarget<Instance>,
): notification is Instance {
  return Object.prototype.isPrototypeOf.call(targetClass(target).prototype, notification);
}

function targetClass<Instance extends Notification>(
  target: NotificationTarget<Instance>,
): NotificationClass<Instance> {
  return 'notificationClass' in target ? target.notificationClass : target;
}

function nameOf(target: NotificationTarget<Notification>): string {
  const { type, name } = targetClass(target);
  return type ?? name;
}
