/**
 * What a notification is, and how it is delivered through channels.
 *
 * In order of the alphabet, as the formatter wants it; the groups are in the README.
 *
 * @packageDocumentation
 */
export type { Channel, ChannelFactory, ChannelReceipt, ChannelRequest } from './channel.ts';
export type { ChannelErrorOptions } from './channel-errors.ts';
export {
  ChannelError,
  ChannelOutcome,
  InvalidAddressError,
  PermanentError,
  RateLimitedError,
  TransientError,
  UnknownOutcomeError,
} from './channel-errors.ts';
export { DEFAULT_CIRCUIT_FAILURES, DEFAULT_CIRCUIT_REST } from './circuit-breaker.ts';
export type { Clock, Timer } from './clock.ts';
export { systemClock } from './clock.ts';
export type { EncodeOptions } from './codec.ts';
export { decodeValue, encodeValue, MAX_STORED_DEPTH, MAX_STORED_SIZE } from './codec.ts';
export { createId } from './create-id.ts';
export type {
  MessageRenderer,
  MessageRenderers,
  NotificationContext,
  NotificationDefinition,
  NotificationDefinitionOptions,
} from './define-notification.ts';
export { defineNotification } from './define-notification.ts';
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
export { emailAddressSchema, formatEmailAddress, parseEmailAddress } from './email-address.ts';
export type { ParsedEmailMessage } from './email-message.ts';
export { parseEmailMessage } from './email-message.ts';
export type { TownKrierErrorOptions } from './errors.ts';
export { CoreErrorCode, TownKrierError } from './errors.ts';
export { DEFAULT_IDEMPOTENCY_SECRET } from './idempotency-key.ts';
export type { ChannelConfiguration, NotificationManagerOptions } from './manager-options.ts';
export { DEFAULT_PROVIDER_TIMEOUT } from './manager-options.ts';
export type {
  EmailAttachment,
  EmailMessage,
  EmailMessageAddress,
  InAppMessage,
  PushMessage,
  SmsMessage,
} from './messages.ts';
export {
  attachmentSchema,
  emailMessageSchema,
  inAppMessageSchema,
  pushMessageSchema,
  smsMessageSchema,
} from './messages.ts';
export type { NotificationClass, TypedNotificationClass } from './notification.ts';
export { Notification, TypedNotification } from './notification.ts';
export type { ChannelName } from './notification-channel.ts';
export { NotificationChannel, NotificationPriority } from './notification-channel.ts';
export type { DeliveryEvent, NotificationEvents } from './notification-events.ts';
export { NotificationManager } from './notification-manager.ts';
export type { RegistrableNotification } from './notification-registry.ts';
export type { OnDemandRecipient } from './on-demand-recipient.ts';
export { functionOption, parseOptions } from './options.ts';
export type { QueuedAnnouncement } from './queued-deliveries.ts';
export type {
  EmailAddress,
  InAppAddress,
  Notifiable,
  PhoneAddress,
  PushAddress,
  Recipient,
  RecipientAddresses,
} from './recipient.ts';
export { isNotifiable } from './recipient.ts';
export type { MiddlewareErrorHandler } from './run-middleware.ts';
export { SendError } from './send-error.ts';
export type { ChannelResult, DeliverOptions, SendOptions } from './send-options.ts';
export type { JsonValue, StoredContent, StoredDelivery, StoredNotification } from './stored-notification.ts';
export type { ListenerErrorHandler } from './typed-emitter.ts';
export { TypedEmitter } from './typed-emitter.ts';
