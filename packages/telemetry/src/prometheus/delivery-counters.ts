import { ChannelError, type NotificationEvents } from '@townkrier/core';
import { Counter } from 'prom-client';
import { BoundedNames } from './bounded-names.ts';
import type { Measurement } from './measurement.ts';
import type { MeasuredNotifications, ResolvedMetricsOptions } from './metrics-options.ts';

/** Channels, and providers, shown by name. */
const MAX_NAMES = 50;

const NAME = 'townkrier_deliveries_total';

/** Counts what came of each try of a delivery in this process. `provider` is empty where none was asked, or the error names none. */
export function countDeliveries(
  notifications: MeasuredNotifications,
  { registry }: ResolvedMetricsOptions,
): Measurement {
  const counter = new Counter({
    name: NAME,
    help: 'Tries of deliveries, by what came of them.',
    labelNames: ['channel', 'provider', 'outcome'],
    registers: [registry],
  });
  const channels = new BoundedNames(undefined, MAX_NAMES);
  const providers = new BoundedNames(undefined, MAX_NAMES);
  const count = (channel: string, provider: string, outcome: string): void =>
    counter.inc({
      channel: channels.labelOf(channel),
      provider: provider === '' ? '' : providers.labelOf(provider),
      outcome,
    });
  const failed = ({ channel, error }: NotificationEvents['notification:failed'], outcome: string): void =>
    count(channel, (ChannelError.is(error) && error.provider) || '', outcome);
  const stops = [
    notifications.on('notification:sent', ({ channel, provider }) => count(channel, provider, 'sent')),
    notifications.on('notification:skipped', ({ channel }) => count(channel, '', 'skipped')),
    notifications.on('notification:failed', (event) => failed(event, 'failed')),
    notifications.on('notification:unknown', (event) => failed(event, 'unknown')),
  ];
  return { metrics: [NAME], stops };
}
