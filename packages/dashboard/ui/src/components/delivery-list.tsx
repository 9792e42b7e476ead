import type { JobDeliveryView } from '../../../src/api-types.ts';
import { ChannelLabel } from './channel-label.tsx';
import { Identifier } from './identifier.tsx';
import { Moment } from './moment.tsx';
import { StatusBadge } from './status-badge.tsx';
import './delivery-list.css';

/** One line a delivery of a job: the channel, what became of it, and who carried it. */
export function DeliveryList({ deliveries }: { readonly deliveries: readonly JobDeliveryView[] }) {
  return (
    <ul class="delivery-list">
      {deliveries.map((delivery) => (
        <li key={delivery.idempotencyKey}>
          <div class="delivery-head">
            <ChannelLabel channel={delivery.channel} />
            <StatusBadge status={delivery.status} />
            <span class="muted">
              {delivery.attempts} {delivery.attempts === 1 ? 'attempt' : 'attempts'}
              {delivery.provider !== null && ` · ${delivery.provider}`}
            </span>
            <span class="delivery-when">
              <Moment at={delivery.updatedAt} />
            </span>
          </div>
          {delivery.reason !== null && <p class="delivery-reason break">{delivery.reason}</p>}
          {delivery.messageId !== null && (
            <p class="delivery-message faint">
              Message <Identifier value={delivery.messageId} what="message id" />
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}
