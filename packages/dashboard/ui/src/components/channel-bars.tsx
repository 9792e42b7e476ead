import { formatCount, formatShare } from '../format/number.ts';
import { links } from '../router/links.ts';
import { ChannelLabel } from './channel-label.tsx';
import './channel-bars.css';

/** Rows of the log by channel, the most used first; each leads to them. */
export function ChannelBars({ byChannel }: { readonly byChannel: Readonly<Record<string, number>> }) {
  const rows = Object.entries(byChannel).sort(([, a], [, b]) => b - a);
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  const most = rows[0]?.[1] ?? 0;
  return (
    <ul class="channel-bars" aria-label="Deliveries by channel">
      {rows.map(([channel, count]) => (
        <li key={channel}>
          <a href={links.logs({ channel })} class="channel-bar">
            <ChannelLabel channel={channel} />
            <svg viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
              <rect width={(count / most) * 100} height="2" />
            </svg>
            <span class="numeric">{formatCount(count)}</span>
            <span class="channel-share numeric">{formatShare(count, total)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
