import type { Channel, ChannelFactory } from './channel.ts';
import { ChannelRegistry, isReady } from './channel-registry.ts';
import { toSendResults } from './channel-results.ts';
import { checkSendOptions } from './check-send-options.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { Clock } from './clock.ts';
import type { DeliveryMiddleware, DeliveryResult } from './delivery.ts';
import { DeliveryPipeline } from './delivery-pipeline.ts';
import { CoreErrorCode, TownKrierError } from './errors.ts';
import {
  type NotificationManagerOptions,
  type ResolvedManagerOptions,
  resolveManagerOptions,
} from './manager-options.ts';
import type { Notification } from './notification.ts';
import type { ChannelName } from './notification-channel.ts';
import { LiveContent } from './notification-content.ts';
import type { NotificationEvents } from './notification-events.ts';
import { classOf, NotificationRegistry, type RegistrableNotification } from './notification-registry.ts';
import { OnDemandRecipient } from './on-demand-recipient.ts';
import { type NotificationPlan, planNotification } from './plan-notification.ts';
import { reviveStored, storeNotification } from './prepare-notification.ts';
import { type QueuedAnnouncement, runHooks, toQueuedDeliveries } from './queued-deliveries.ts';
import type { Recipient } from './recipient.ts';
import type { DeliverOptions, SendOptions, SendResults } from './send-options.ts';
import type { StoredNotification } from './stored-notification.ts';
import { TypedEmitter } from './typed-emitter.ts';
import { WorkInHand } from './work-in-hand.ts';

/**
 * Sends notifications through channels: the centre of TownKrier.
 *
 * It keeps no state between sends but the circuits of its providers; several managers do not know of each other.
 *
 * @example
 * const manager = new NotificationManager({ channels: [{ name: 'email-resend', config: { apiKey, from } }] });
 * manager.registerFactory('email-resend', createResendChannel);
 * await manager.send(new WelcomeEmail(), { email: 'ada@example.com' });
 */
export class NotificationManager {
  /** The clock everything of this manager runs by. */
  readonly clock: Clock;
  /** Makes the ids of notifications. */
  readonly createId: () => string;

  readonly #options: ResolvedManagerOptions;
  readonly #channels: ChannelRegistry;
  readonly #registry = new NotificationRegistry();
  readonly #events: TypedEmitter<NotificationEvents>;
  readonly #pipeline: DeliveryPipeline;
  readonly #workInHand: WorkInHand;
  #middleware: readonly DeliveryMiddleware[] = [];
  #isFallbackEnabled: boolean;
  #closing: Promise<void> | null = null;

  /** @throws {TownKrierError} `CONFIG_INVALID` for an unknown option or a wrong value, naming it. */
  constructor(options: NotificationManagerOptions = {}) {
    const resolved = resolveManagerOptions(options);
    this.#options = resolved;
    this.clock = resolved.clock;
    this.createId = resolved.createId;
    this.#isFallbackEnabled = resolved.enableFallback;
    this.#workInHand = new WorkInHand(resolved.clock);
    this.#events = new TypedEmitter({ onListenerError: resolved.onListenerError });
    this.#channels = new ChannelRegistry(resolved.channels, resolved.defaultChannel, (name) =>
      this.#createCircuit(name),
    );
    this.#pipeline = new DeliveryPipeline({
      channels: this.#channels,
      middleware: () => this.#middleware,
      events: this.#events,
      clock: resolved.clock,
      timeout: resolved.timeout,
      isFallbackEnabled: () => this.#isFallbackEnabled,
      onMiddlewareError: this.#reportMiddlewareError,
    });
  }

  /**
   * Says how the configured channel of this name is built, and builds it at once if it is enabled. Without such an entry nothing is built.
   *
   * @throws {TownKrierError} `CONFIG_INVALID` when the name is taken; and what the factory throws, as it is.
   */
  registerFactory<Config>(name: string, factory: ChannelFactory<Config>): this {
    this.#channels.registerFactory(name, factory);
    return this;
  }

  /**
   * Adds a channel you built yourself. It is closed with the manager.
   *
   * @param options.priority - Among providers of the same channel the higher goes first. @default 0
   * @throws {TownKrierError} `CONFIG_INVALID` when the name is taken.
   */
  registerChannel(name: string, channel: Channel, options: { readonly priority?: number } = {}): this {
    this.#channels.register(name, channel, options.priority ?? 0);
    return this;
  }

  /** Closes a channel and forgets it and its factory, so that the name is free again. Resolves with whether there was one. */
  async removeChannel(name: string): Promise<boolean> {
    const provider = this.#channels.remove(name);
    await provider?.channel.close?.();
    return provider !== null;
  }

  /** Closes and forgets all channels. What one throws while closing is thrown when all have ended. */
  async clear(): Promise<void> {
    const closings = this.getAvailableChannels().map((name) => this.removeChannel(name));
    const failed = (await Promise.allSettled(closings)).find((closing) => closing.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** The channel of a name (not of a kind), or `null`. */
  getChannel(name: string): Channel | null {
    return this.#channels.find(name)?.channel ?? null;
  }

  /** The channel set as default, or `null` when none is set. @throws {TownKrierError} `CHANNEL_UNKNOWN` when it is set but not registered. */
  getDefaultChannel(): Channel | null {
    const { defaultName } = this.#channels;
    if (defaultName === undefined) return null;
    const channel = this.getChannel(defaultName);
    if (channel === null)
      throw this.#channels.unknownChannel(`The default channel "${defaultName}" is not registered.`);
    return channel;
  }

  /** Names of all registered channels, in the order they were registered. */
  getAvailableChannels(): string[] {
    return this.#channels.all.map(({ name }) => name);
  }

  /** Names of the channels that can send now. */
  getReadyChannels(): string[] {
    return this.getAvailableChannels().filter((name) => this.isChannelReady(name));
  }

  /** Whether a channel of this name is registered. */
  hasChannel(name: string): boolean {
    return this.#channels.find(name) !== null;
  }

  /** Whether a channel of this name is registered and says that it can send. */
  isChannelReady(name: string): boolean {
    const channel = this.getChannel(name);
    return channel !== null && isReady(channel);
  }

  /**
   * Whether repeating a delivery with the same key cannot send it twice.
   * @param provider - The one that may have it. @default every provider of the channel has to
   */
  channelHonoursIdempotencyKey(channel: ChannelName, provider?: string): boolean {
    const providers = this.#channels.providersOf(channel);
    const concerned = provider === undefined ? providers : providers.filter(({ name }) => name === provider);
    return concerned.length > 0 && concerned.every((one) => one.channel.honoursIdempotencyKey);
  }

  /** Puts a channel in front of others of its kind. @throws {TownKrierError} `CHANNEL_UNKNOWN` */
  setDefaultChannel(name: string): this {
    if (!this.hasChannel(name)) throw this.#channels.unknownChannel(`Channel "${name}" is not registered.`);
    this.#channels.defaultName = name;
    return this;
  }

  /** Whether the next provider of the same kind is asked when one fails in passing; from the next delivery on. */
  setFallbackEnabled(isEnabled: boolean): this {
    this.#isFallbackEnabled = isEnabled;
    return this;
  }

  /**
   * Makes notification classes known, so that stored ones can be revived in this process. What is not known is rendered when it is stored.
   * @throws {TownKrierError} `CONFIG_INVALID` when two classes claim one type.
   */
  register(...notifications: readonly RegistrableNotification[]): this {
    for (const notification of notifications) this.#registry.register(notification);
    return this;
  }

  /** Adds a middleware inside those already there, from the next delivery on. Returns its undo. */
  use(middleware: DeliveryMiddleware): () => void {
    this.#middleware = [...this.#middleware, middleware];
    return () => {
      this.#middleware = this.#middleware.filter((other) => other !== middleware);
    };
  }

  /** Listens to an event; returns its undo. What a listener throws goes to `onListenerError`. */
  on<Name extends keyof NotificationEvents>(
    event: Name,
    listener: (payload: NotificationEvents[Name]) => unknown,
  ): () => void {
    return this.#events.on(event, listener);
  }

  /** A recipient put together on the spot: `manager.route('email', 'ada@example.com').notify(notification)`. */
  route(channel: ChannelName, address: unknown): OnDemandRecipient {
    return new OnDemandRecipient(new Map([[channel, address]]), (...args) => this.send(...args));
  }

  /**
   * Sends now, once, to all channels and addresses side by side (100 at once); one that fails never stops another.
   *
   * @returns One result a channel; each was sent or skipped.
   * @throws {SendError} `NOTIFICATION_SEND_FAILED` when any delivery failed or is unknown; its `results` has what became of each channel.
   * @throws {TownKrierError} before anything is sent: `NOTIFICATION_NO_CHANNELS`, `RECIPIENT_MISSING`, `CONFIG_INVALID` for wrong options,
   * `SEND_ABORTED` when the signal has aborted already, `MANAGER_CLOSED`.
   */
  async send(
    notification: Notification,
    recipient: Recipient,
    options: SendOptions = {},
  ): Promise<SendResults> {
    return this.#workInHand.track(async () => {
      const plan = await this.#plan(notification, recipient, options);
      const content = new LiveContent(notification, plan.recipient, classOf(notification).unmasked);
      return toSendResults(plan.type, await this.#pipeline.run(plan, content, pickDeliverOptions(options)));
    });
  }

  /** As `send`, for a notification that was prepared: rejects when anything failed. */
  protected async sendStored(stored: StoredNotification, options: SendOptions): Promise<SendResults> {
    return toSendResults(stored.type, await this.deliver(stored, pickDeliverOptions(options)));
  }

  /** The instance a stored notification revives to. @throws {TownKrierError} as `deliver`. */
  protected revive(stored: StoredNotification): Notification {
    const { notification } = reviveStored(stored, this.#registry);
    if (notification !== undefined) return notification;
    throw new TownKrierError(
      `Only the messages of notification "${stored.type}" were stored, not its fields.`,
      {
        code: CoreErrorCode.NOTIFICATION_TYPE_UNKNOWN,
      },
    );
  }

  /** Whether any registered channel is of this kind. */
  protected hasProviderFor(channel: ChannelName): boolean {
    return this.#channels.providersOf(channel).length > 0;
  }

  /**
   * Turns a notification into data that another process can deliver later: channels, addresses and idempotency keys are decided now. Sends nothing.
   * Whether a channel is known is not asked here: the process that delivers has to know it.
   *
   * @throws {TownKrierError} `NOTIFICATION_NOT_STORABLE`, naming the path of what cannot be stored; and as `send` does before anything is sent.
   */
  async prepare(
    notification: Notification,
    recipient: Recipient,
    options: SendOptions = {},
  ): Promise<StoredNotification> {
    const plan = await this.#plan(notification, recipient, options);
    const stored = await storeNotification(notification, plan, this.#registry);
    const traceparent = this.#options.traceparent?.();
    return traceparent === undefined ? stored : { ...stored, traceparent };
  }

  /**
   * Tries deliveries of a stored notification once, side by side. A delivery that fails is a result, not a rejection.
   *
   * @throws {TownKrierError} when it cannot be revived, before anything is tried: `NOTIFICATION_TYPE_UNKNOWN`, `NOTIFICATION_VERSION_NEWER`,
   * `NOTIFICATION_PAYLOAD_INVALID`; `MANAGER_CLOSED`. What `onResult` throws, after all deliveries have ended.
   */
  async deliver(stored: StoredNotification, options: DeliverOptions = {}): Promise<DeliveryResult[]> {
    return this.#workInHand.track(async () => {
      this.#assertOpen();
      const { plan, content } = reviveStored(stored, this.#registry);
      return this.#pipeline.run(plan, content, options);
    });
  }

  /** Tells middleware and listeners that a queue stored a job of these deliveries. Never rejects. */
  async announceQueued(stored: StoredNotification, announcement: QueuedAnnouncement): Promise<void> {
    try {
      const deliveries = toQueuedDeliveries(stored, reviveStored(stored, this.#registry), announcement);
      await runHooks(this.#middleware, this.#reportMiddlewareError, (one) => one.queued?.(deliveries));
    } catch (error) {
      this.#reportMiddlewareError(error, 'announceQueued');
    }
    this.#emitQueued(stored, announcement);
  }

  /** Tells middleware that these deliveries will not be tried again, and why. Never rejects. */
  async announceWithdrawn(idempotencyKeys: readonly string[], reason: string): Promise<void> {
    await runHooks(this.#middleware, this.#reportMiddlewareError, (one) =>
      one.withdrawn?.(idempotencyKeys, reason),
    );
  }

  /**
   * Refuses new sends at once, waits for those in hand (as long as one provider call may take), then closes all channels.
   * Idempotent: a second call returns the first one's promise.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#workInHand.settle(this.#options.timeout);
    await this.clear();
  }

  async #plan(
    notification: Notification,
    recipient: Recipient,
    options: SendOptions,
  ): Promise<NotificationPlan> {
    this.#assertOpen();
    checkSendOptions(options);
    this.#assertNotAborted(options);
    const { createId } = this;
    const { idempotencySecret } = this.#options;
    return planNotification(notification, recipient, options, { createId, idempotencySecret });
  }

  #emitQueued(stored: StoredNotification, { jobId, scheduledFor }: QueuedAnnouncement): void {
    const isScheduled = scheduledFor !== undefined && scheduledFor.getTime() > this.clock.now();
    if (!this.#events.hasListeners(isScheduled ? 'notification:scheduled' : 'notification:queued')) return;
    const { id: notificationId, type: notificationType } = stored;
    for (const { idempotencyKey, channel } of stored.deliveries) {
      const at = new Date(this.clock.now());
      const event = { at, notificationId, notificationType, channel, idempotencyKey, jobId };
      if (isScheduled) this.#events.emit('notification:scheduled', { ...event, scheduledFor });
      else this.#events.emit('notification:queued', event);
    }
  }

  readonly #reportMiddlewareError = (error: unknown, middleware: string): void => {
    try {
      this.#options.onMiddlewareError(error, middleware);
    } catch (handlerError) {
      process.emitWarning(`onMiddlewareError failed: ${String(handlerError)}`, { type: 'TownKrierWarning' });
    }
  };

  #createCircuit(provider: string): CircuitBreaker | null {
    const { circuitBreaker, clock } = this.#options;
    if (circuitBreaker === false) return null;
    const now = (): Date => new Date(clock.now());
    return new CircuitBreaker({
      ...circuitBreaker,
      clock,
      onOpen: (probeAt) => this.#events.emit('provider:circuit-opened', { at: now(), provider, probeAt }),
      onClose: () => this.#events.emit('provider:circuit-closed', { at: now(), provider }),
    });
  }

  #assertOpen(): void {
    if (this.#closing === null) return;
    throw new TownKrierError('The notification manager is closed; make a new one to send.', {
      code: CoreErrorCode.MANAGER_CLOSED,
    });
  }

  #assertNotAborted({ signal }: SendOptions): void {
    if (signal?.aborted !== true) return;
    throw new TownKrierError('The send was aborted before it began; nothing was sent.', {
      code: CoreErrorCode.SEND_ABORTED,
      cause: signal.reason,
    });
  }
}

function pickDeliverOptions({ signal, timeout }: SendOptions): DeliverOptions {
  return { ...(signal === undefined ? {} : { signal }), ...(timeout === undefined ? {} : { timeout }) };
}
