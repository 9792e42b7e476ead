import type { ChannelReceipt } from './channel.ts';
import type { TownKrierError } from './errors.ts';
import type { ChannelName } from './notification-channel.ts';

/** One notification to one address over one channel: the unit that is sent, retried, logged and explained. */
export interface Delivery {
  /** Identifies the delivery for ever: stable over attempts, crashes and replays; handed to providers. */
  readonly idempotencyKey: string;
  readonly notification: { readonly id: string; readonly type: string; readonly reference?: string };
  readonly channel: ChannelName;
  /** As the recipient gave it; the provider parses it. */
  readonly address: unknown;
  /**
   * The rendered message; middleware may hand a changed copy to `next`. `undefined` when there is none because `shouldSend` declined (`next` then
   * resolves `skipped`) or rendering failed (`next` then rejects): middleware sees those deliveries too, so that a log can hold the reason.
   */
  readonly message: unknown;
  /** 1 on the first try. */
  readonly attempt: number;
  /** How many tries there will be at most; 1 for a direct send. */
  readonly maxAttempts: number;
  /** The queue's job, when there is one. */
  readonly jobId?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /**
   * Personal values the app declared: every text in the recipient's addresses and in the notification's payload or fields, except those its class lists
   * as `static unmasked`. A log masks them wherever they occur.
   */
  readonly personalValues: readonly string[];
  readonly signal: AbortSignal;
}

/** The provider took it. */
export interface DeliverySent {
  readonly status: 'sent';
  readonly provider: string;
  readonly receipt: ChannelReceipt;
  /** Providers that were tried before and failed, in order. */
  readonly failedOver: readonly { readonly provider: string; readonly error: TownKrierError }[];
}

/** It was decided not to send. Not a failure. */
export interface DeliverySkipped {
  readonly status: 'skipped';
  /** Short and stable, for people and for `explain`: `shouldSend returned false`, `quiet hours`. */
  readonly reason: string;
}

/** What sending one delivery came to when nothing was thrown. */
export type DeliveryDecision = DeliverySent | DeliverySkipped;

/** It was not sent. `isRetryable` says whether trying again can help. */
export interface DeliveryFailed {
  readonly status: 'failed';
  readonly error: TownKrierError;
  readonly isRetryable: boolean;
  /** Milliseconds to wait before the next try, as the provider asked or until a resting one is probed again. */
  readonly retryAfterMs?: number;
  /**
   * `false` when no provider was asked, because each of them is at rest (its circuit is open) or the try was aborted before. A queue then postpones the
   * delivery by `retryAfterMs` without using up a retry. Absent means it was tried.
   */
  readonly wasTried?: false;
  readonly provider?: string;
}

/** Nobody knows. `isRetryable` only where every provider that may have it honours idempotency keys. */
export interface DeliveryUnknown {
  readonly status: 'unknown';
  readonly error: TownKrierError;
  readonly isRetryable: boolean;
  readonly provider?: string;
}

/** Everything one try of one delivery can come to. */
export type DeliveryResult = (DeliveryDecision | DeliveryFailed | DeliveryUnknown) & {
  readonly idempotencyKey: string;
  readonly channel: ChannelName;
};

/** A delivery that a queue took over and will try later. */
export interface QueuedDelivery extends Omit<Delivery, 'signal' | 'attempt' | 'message'> {
  /** Present when the message was already rendered. */
  readonly message?: unknown;
  /** When it is due, if that lies ahead. */
  readonly scheduledFor?: Date;
}

/**
 * Hands the delivery on, changed or not, and resolves with what came of it. Call it at most once.
 * @throws {TownKrierError} what the inner middleware or the provider threw.
 */
export type DeliveryNext = (delivery?: Delivery) => Promise<DeliveryDecision>;

/**
 * Something that decides about deliveries or records them; runs in the order of `manager.use`, the first outermost.
 *
 * To stop a delivery return `{ status: 'skipped', reason }` without calling `next`. What it throws before the provider was asked fails the delivery
 * (`MIDDLEWARE_FAILED`, retryable). What it throws after the provider accepted is reported through `onMiddlewareError`, and the delivery stays sent:
 * a bug in a middleware must not send a mail twice.
 */
export interface DeliveryMiddleware {
  /** For error messages and `explain`. */
  readonly name: string;
  deliver?(delivery: Delivery, next: DeliveryNext): Promise<DeliveryDecision>;
  /**
   * Called once each try has ended, with all that is known about it: also when another middleware skipped it, or an abort came first. `delivery` is as it
   * was before any middleware. Awaited; what it throws is reported, never passed on.
   */
  settled?(delivery: Delivery, result: DeliveryResult): Promise<void>;
  /** Called after a queue has stored the job of these deliveries. Awaited; what it throws is reported, never passed on. */
  queued?(deliveries: readonly QueuedDelivery[]): Promise<void>;
  /** Called after a queue cancelled or gave up these deliveries without trying them again, with the reason. Awaited like `queued`. */
  withdrawn?(idempotencyKeys: readonly string[], reason: string): Promise<void>;
}
