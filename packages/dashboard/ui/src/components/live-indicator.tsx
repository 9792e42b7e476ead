import { formatClock } from '../format/time.ts';
import { type LiveState, lastHeardAt, liveState, togglePaused } from '../live.ts';
import { useKeys } from '../state/shortcuts.ts';
import { Icon } from './icon.tsx';
import type { IconName } from './icon-paths.ts';
import './live-indicator.css';

const LOOKS: Readonly<Record<LiveState, { icon: IconName | null; label: string; explanation: string }>> = {
  connecting: { icon: null, label: 'Connecting', explanation: 'Opening the event stream.' },
  live: { icon: null, label: 'Live', explanation: 'Changes arrive as they happen.' },
  polling: { icon: 'retry', label: 'Polling', explanation: 'No event stream: asking every 5 seconds.' },
  paused: { icon: 'pause', label: 'Paused', explanation: 'Nothing is updated until you resume.' },
  offline: { icon: 'offline', label: 'Offline', explanation: 'The server is out of reach. Still trying.' },
};

/** How fresh the page is; a press stops or resumes the updates. */
export function LiveIndicator() {
  const state = liveState.value;
  const look = LOOKS[state];
  const action = state === 'paused' ? 'resume updates' : 'pause updates';
  const heard = lastHeardAt.value === 0 ? '' : ` Last heard ${formatClock(lastHeardAt.value)}.`;
  useKeys({ p: togglePaused });
  return (
    <>
      <button
        type="button"
        class={`live-indicator live-${state}`}
        aria-label={`${look.label}, ${action}`}
        title={`${look.explanation}${heard} Press to ${action}.`}
        onClick={togglePaused}
      >
        {look.icon === null ? <span class="live-dot" /> : <Icon name={look.icon} />}
        {look.label}
      </button>
      <span class="visually-hidden" role="status">
        Updates: {look.label}
      </span>
    </>
  );
}
