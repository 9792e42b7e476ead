import type { ComponentChildren } from 'preact';
import type { Look } from '../format/look.ts';
import { Icon } from './icon.tsx';
import { Moment } from './moment.tsx';
import './timeline.css';

/** Something that happened, or will. */
export interface TimelineEntry {
  readonly key: string;
  readonly look: Look;
  readonly at: string | null;
  /** Beside the label: how long it took. */
  readonly aside?: string;
  /** Below it: what went wrong, what comes next. */
  readonly detail?: ComponentChildren;
  readonly isAhead?: boolean;
}

/** What happened, oldest first, on a line. */
export function Timeline({ entries }: { readonly entries: readonly TimelineEntry[] }) {
  return (
    <ol class="timeline">
      {entries.map((entry) => (
        <li
          key={entry.key}
          class={`timeline-entry tone-${entry.look.tone}`}
          data-ahead={entry.isAhead ?? false}
        >
          <span class="timeline-mark">
            <Icon name={entry.look.icon} />
          </span>
          <div class="timeline-head">
            <span class="timeline-label">{entry.look.label}</span>
            {entry.aside !== undefined && <span class="timeline-aside numeric">{entry.aside}</span>}
            <span class="timeline-when">
              <Moment at={entry.at} />
            </span>
          </div>
          {entry.detail !== undefined && <div class="timeline-detail break">{entry.detail}</div>}
        </li>
      ))}
    </ol>
  );
}
