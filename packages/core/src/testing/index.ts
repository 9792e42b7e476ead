/**
 * For tests: of your app (`VirtualClock`, `fakeNotifications`), and of your own channels (`channelConformance`).
 *
 * @packageDocumentation
 */
export { type ChannelConformanceOptions, channelConformance } from './channel-conformance.ts';
export {
  type ChannelHarness,
  type InjectionAttempt,
  ProviderBehaviour,
  type ReceivedRequest,
} from './channel-harness.ts';
export {
  FakeNotifications,
  fakeNotifications,
  type Matcher,
  type NotificationTarget,
  type RecordedDelivery,
  type RecordedJob,
} from './fake-notifications.ts';
export { type RunnableCase, runCases, type SkippedCases, type TestRunner } from './test-runner.ts';
export { VirtualClock } from './virtual-clock.ts';
