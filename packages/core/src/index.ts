/**
 * What a notification is, and how it is delivered through channels.
 *
 * @packageDocumentation
 */

// Notifications: what is said.

export {
  defineNotification,
  type MessageRenderer,
  type MessageRenderers,
  type NotificationContext,
  type NotificationDefinition,
  type NotificationDefinitionOptions,
} from './define-notification.ts';
export {
  attachmentSchema,
  type EmailAttachment,
  type EmailMessage,
  type EmailMessageAddress,
  emailMessageSchema,
  type InAppMessage,
  inAppMessageSchema,
  type PushMessage,
  pushMessageSchema,
  type SmsMessage,
  smsMessageSchema,
} from './messages.ts';
export {
  Notification,
  type NotificationClass,
  TypedNotification,
  type TypedNotificationClass,
} from './notification.ts';
export { type ChannelName, NotificationChannel, NotificationPriority } from './notification-channel.ts';

// Recipients: whom it is for.

export { emailAddressSchema, formatEmailAddress, parseEmailAddress } from './email-address.ts';
export type { OnDemandRecipient } from './on-demand-recipient.ts';
export {
  type EmailAddress,
  type InAppAddress,
  isNotifiable,
  type Notifiable,
  type PhoneAddress,
  type PushAddress,
  type Recipient,
  type RecipientAddresses,
} from './recipient.ts';

// Sending.

export { DEFAULT_CIRCUIT_FAILURES, DEFAULT_CIRCUIT_REST } from './circuit-breaker.ts';
export { expectationOf } from './expectation.ts';
export { DEFAULT_IDEMPOTENCY_SECRET } from './idempotency-key.ts';
export {
  type ChannelConfiguration,
  DEFAULT_PROVIDER_TIMEOUT,
  type NotificationManagerOptions,
} from './manager-options.ts';
export type { DeliveryEvent, NotificationEvents } from './notification-events.ts';
export { NotificationManager } from './notification-manager.ts';
export type { RegistrableNotification } from './notification-registry.ts';
export { SendError } from './send-error.ts';
export type { ChannelResult, DeliverOptions, SendOptions, SendResults } from './send-options.ts';

// Channels: who carries it.

export type { Channel, ChannelFactory, ChannelReceipt, ChannelRequest } from './channel.ts';
export {
  ChannelError,
  type ChannelErrorOptions,
  ChannelOutcome,
  InvalidAddressError,
  PermanentError,
  RateLimitedError,
  TransientError,
  UnknownOutcomeError,
} from './channel-errors.ts';
export { type ParsedEmailMessage, parseEmailMessage } from './email-message.ts';
export {
  adaptLegacyChannel,
  type LegacyChannel,
  type LegacyChannelOptions,
  type LegacyResponse,
} from './legacy-channel.ts';

// Middleware: deciding about deliveries and recording them.

export type {
  Delivery,
  DeliveryDecision,
  DeliveryFailed,
  DeliveryMiddleware,
  DeliveryNext,
  DeliveryResult,
  DeliverySent,
  DeliverySkipped,
  DeliveryUnknown,
  QueuedDelivery,
} from './delivery.ts';
export type { MiddlewareErrorHandler } from './run-middleware.ts';

// Stored notifications: surviving the process.

export {
  decodeValue,
  type EncodeOptions,
  encodeValue,
  MAX_STORED_DEPTH,
  MAX_STORED_SIZE,
} from './codec.ts';
export type { QueuedAnnouncement } from './queued-deliveries.ts';
export type { JsonValue, StoredContent, StoredDelivery, StoredNotification } from './stored-notification.ts';

// What the packages of TownKrier share.

export { type Clock, systemClock, type Timer } from './clock.ts';
export { createId } from './create-id.ts';
export { CoreErrorCode, TownKrierError, type TownKrierErrorOptions } from './errors.ts';
export { functionOption, parseOptions } from './options.ts';
export { type ListenerErrorHandler, TypedEmitter } from './typed-emitter.ts';
