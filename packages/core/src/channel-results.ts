import type { DeliveryResult } from './delivery.ts';
import type { ChannelName } from './notification-channel.ts';
import { SendError } from './send-error.ts';
import type { ChannelResult, SendResults } from './send-options.ts';

/** Results of deliveries, gathered by channel, in their order. */
function toChannelResults(results: readonly DeliveryResult[]): SendResults {
  const byChannel = new Map<ChannelName, DeliveryResult[]>();
  for (const result of results) {
    const others = byChannel.get(result.channel);
    if (others === undefined) byChannel.set(result.channel, [result]);
    else others.push(result);
  }
  const entries = Array.from(
    byChannel,
    ([channel, each]) => [channel, toChannelResult(channel, each)] as const,
  );
  // One map is both: a key is a name, and the built-in channels are among the names.
  return new Map<ChannelName, ChannelResult>(entries) as SendResults;
}

/**
 * The results of a send, by channel.
 * @throws {SendError} `NOTIFICATION_SEND_FAILED` when any delivery failed or is unknown.
 */
export function toSendResults(notificationType: string, deliveries: readonly DeliveryResult[]): SendResults {
  const results = toChannelResults(deliveries);
  const isSent = [...results.values()].every(({ status }) => status === 'sent' || status === 'skipped');
  if (!isSent) throw new SendError(notificationType, results);
  return results;
}

function toChannelResult(channel: ChannelName, deliveries: readonly DeliveryResult[]): ChannelResult {
  const sent = deliveries.find((delivery) => delivery.status === 'sent');
  const skipped = deliveries.find((delivery) => delivery.status === 'skipped');
  return {
    channel,
    status: statusOf(deliveries),
    deliveries,
    ...(sent === undefined ? {} : { provider: sent.provider, receipt: sent.receipt }),
    ...(skipped === undefined ? {} : { reason: skipped.reason }),
  };
}

/** The worst of them, except that one sent outweighs any skipped. */
function statusOf(deliveries: readonly DeliveryResult[]): ChannelResult['status'] {
  const has = (status: DeliveryResult['status']): boolean => deliveries.some((one) => one.status === status);
  if (has('failed')) return 'failed';
  if (has('unknown')) return 'unknown';
  return has('sent') ? 'sent' : 'skipped';
}
