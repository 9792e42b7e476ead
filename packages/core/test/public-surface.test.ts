import { expect, test } from 'vitest';
import * as core from '../src/index.ts';
import * as testing from '../src/testing/index.ts';

test('the names @townkrier/core exports', () => {
  expect(Object.keys(core).toSorted()).toMatchInlineSnapshot(`
    [
      "ChannelError",
      "ChannelOutcome",
      "CoreErrorCode",
      "DEFAULT_CIRCUIT_FAILURES",
      "DEFAULT_CIRCUIT_REST",
      "DEFAULT_IDEMPOTENCY_SECRET",
      "DEFAULT_PROVIDER_TIMEOUT",
      "InvalidAddressError",
      "MAX_STORED_DEPTH",
      "MAX_STORED_SIZE",
      "Notification",
      "NotificationChannel",
      "NotificationManager",
      "NotificationPriority",
      "PermanentError",
      "RateLimitedError",
      "SendError",
      "TownKrierError",
      "TransientError",
      "TypedEmitter",
      "TypedNotification",
      "UnknownOutcomeError",
      "adaptLegacyChannel",
      "attachmentSchema",
      "createId",
      "decodeValue",
      "defineNotification",
      "emailAddressSchema",
      "emailMessageSchema",
      "encodeValue",
      "expectationOf",
      "formatEmailAddress",
      "functionOption",
      "inAppMessageSchema",
      "isNotifiable",
      "parseEmailAddress",
      "parseEmailMessage",
      "parseOptions",
      "pushMessageSchema",
      "smsMessageSchema",
      "systemClock",
    ]
  `);
});

test('the names @townkrier/core/testing exports', () => {
  expect(Object.keys(testing).toSorted()).toMatchInlineSnapshot(`
    [
      "FakeNotifications",
      "ProviderBehaviour",
      "VirtualClock",
      "channelConformance",
      "fakeNotifications",
      "runCases",
    ]
  `);
});
