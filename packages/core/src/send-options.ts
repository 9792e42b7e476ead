import type { ChannelReceipt } from './channel.ts';
import type { DeliveryResult, DeliverySkipped } from './delivery.ts';
import type { ChannelName, NotificationChannel } from './notification-channel.ts';

/** Options of one `send`. */
export interface SendOptions {
  /** Only these of the channels `via()` names. */
  readonly channels?: readonly ChannelName[];
  /** Kept with the notification, handed to middleware and providers, written to the log (masked). Must be plain data. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Aborts the send. Deliveries already accepted stay accepted. */
  readonly signal?: AbortSignal;
  /** Milliseconds for each provider call. @default the manager's `timeout` */
  readonly timeout?: number;
  /** Names this send: repeating it with the same key gives every delivery the same idempotency key. @default the notification's new id */
  readonly idempotencyKey?: string;
}

/** What became of one channel of a send. */
export interface ChannelResult {
  readonly channel: ChannelName;
  /** `sent` when at least one address was sent to and none failed; `skipped` when none was tried. */
  readonly status: 'sent' | 'skipped' | 'failed' | 'unknown';
  /** One entry an address, in the recipient's order. */
  readonly deliveries: readonly DeliveryResult[];
  /** Of the first delivery that was sent. */
  readonly provider?: string;
  /** Of the first delivery that was sent. */
  readonly receipt?: ChannelReceipt;
  /** Of the first delivery that was skipped. */
  readonly reason?: DeliverySkipped['reason'];
}

/**
 * What became of a send, by channel. It is a map by the built-in channels too, because `sendNow` was first published as resolving with
 * `Map<NotificationChannel, …>`; code that says so goes on compiling.
 */
export type SendResults = Map<ChannelName, ChannelResult> & Map<NotificationChannel, ChannelResult>;

/** How a queue asks for one try of a stored notification. */
export interface DeliverOptions {
  /** Which deliveries to try, by idempotency key. @default all */
  readonly only?: readonly string[];
  /**
   * The one provider a delivery may go to, by idempotency key. Give it for deliveries whose last outcome is unknown: another provider would not
   * recognise the key of a message the first one may have taken, and would send it again. @default any provider of the channel
   */
  readonly onlyProvider?: Readonly<Record<string, string>>;
  readonly jobId?: string;
  /** 1 on the first try. @default 1 */
  readonly attempt?: number;
  /** @default 1 */
  readonly maxAttempts?: number;
  readonly signal?: AbortSignal;
  /** Milliseconds for each provider call. @default the manager's `timeout` */
  readonly timeout?: number;
  /** Awaited before each provider is called. When it throws, no provider is called: the delivery fails as `SEND_ABORTED`, untried, with the error as cause. */
  readonly onSending?: (sending: {
    readonly idempotencyKey: string;
    readonly provider: string;
  }) => Promise<void>;
  /** Awaited as each delivery ends, before the others do. */
  readonly onResult?: (result: DeliveryResult) => Promise<void>;
}
