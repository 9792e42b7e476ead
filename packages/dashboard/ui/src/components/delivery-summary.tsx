import type { NotificationCounts } from '../../../src/api-types.ts';
import { statusLook } from '../format/look.ts';
import { formatCount, formatShare, formatShort } from '../format/number.ts';
import { links } from '../router/links.ts';
import { Icon } from './icon.tsx';
import './delivery-summary.css';

const SHOWN = ['sent', 'delivered', 'failed'] as const;

/** What became of the deliveries in the log: how many arrived at a provider, at the reader, or not. */
export function DeliverySummary({ counts }: { readonly counts: NotificationCounts }) {
  const ended = counts.sent + counts.failed;
  return (
    <div class="delivery-summary">
      <p class="delivery-share">
        <span class="delivery-share-value numeric">{formatShare(counts.sent, ended)}</span>{' '}
        <span class="muted">
          of {formatCount(ended)} {ended === 1 ? 'delivery' : 'deliveries'} sent
        </span>
      </p>
      <svg class="delivery-meter" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
        <rect class="delivery-meter-failed" width={ended === 0 ? 0 : 100} height="2" />
        <rect class="delivery-meter-sent" width={ended === 0 ? 0 : (counts.sent / ended) * 100} height="2" />
      </svg>
      <ul class="delivery-figures">
        {SHOWN.map((status) => {
          const look = statusLook(status);
          return (
            <li key={status}>
              <a href={links.logs({ status })} class={`tone-${look.tone}`}>
                <Icon name={look.icon} />
                <span class="numeric">{formatShort(counts[status])}</span> {look.label.toLowerCase()}
              </a>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
