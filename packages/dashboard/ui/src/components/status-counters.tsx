import type { QueueCounts } from '../../../src/api-types.ts';
import { statusLook } from '../format/look.ts';
import { formatCount, formatShort } from '../format/number.ts';
import { links } from '../router/links.ts';
import { Icon } from './icon.tsx';
import './status-counters.css';

const SHOWN = ['pending', 'processing', 'scheduled', 'retrying', 'completed', 'failed'] as const;

/** How many jobs stand where; each leads to them. */
export function StatusCounters({ counts }: { readonly counts: QueueCounts | null }) {
  return (
    <ul class="status-counters" aria-label="Jobs by status">
      {SHOWN.map((status) => {
        const look = statusLook(status);
        const count = counts?.[status] ?? 0;
        return (
          <li key={status}>
            <a
              href={links.jobs({ status })}
              class={`status-counter tone-${look.tone}`}
              data-empty={count === 0}
            >
              <span class="status-counter-label">
                <Icon name={look.icon} />
                {look.label}
              </span>
              <span class="status-counter-value numeric" title={counts === null ? '' : formatCount(count)}>
                {counts === null ? '–' : formatShort(count)}
              </span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}
