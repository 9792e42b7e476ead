import { CoreErrorCode, TownKrierError } from './errors.ts';
import type { ChannelName } from './notification-channel.ts';
import type { ChannelResult } from './send-options.ts';

/** Not everything was sent (`NOTIFICATION_SEND_FAILED`). `results` says what became of each channel; what was sent stays sent. */
export class SendError extends TownKrierError {
  readonly results: ReadonlyMap<ChannelName, ChannelResult>;

  constructor(notificationType: string, results: ReadonlyMap<ChannelName, ChannelResult>) {
    const errors = [...results.values()].flatMap(errorsOf);
    const problems = [...results.values()].flatMap((result) => describe(result));
    super(`Notification "${notificationType}" was not sent everywhere: ${problems.join('; ')}`, {
      code: CoreErrorCode.NOTIFICATION_SEND_FAILED,
      cause:
        errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} deliveries failed.`),
    });
    this.results = results;
  }

  static override is(error: unknown): error is SendError {
    return TownKrierError.is(error, CoreErrorCode.NOTIFICATION_SEND_FAILED);
  }
}

function errorsOf(result: ChannelResult): TownKrierError[] {
  return result.deliveries.flatMap((delivery) => ('error' in delivery ? [delivery.error] : []));
}

function describe(result: ChannelResult): string[] {
  const [first, ...others] = errorsOf(result);
  if (first === undefined) return [];
  const rest = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return [`${result.channel} ${result.status}: ${first.message}${rest}`];
}
