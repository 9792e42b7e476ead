import type { Health } from '../../../src/api-types.ts';
import type { Look } from '../format/look.ts';
import { formatSpan } from '../format/time.ts';
import { type LiveState, liveState } from '../live.ts';
import { Icon } from './icon.tsx';
import './health-list.css';

const UPDATES: Readonly<Record<LiveState, Look>> = {
  connecting: { icon: 'loader', label: 'connecting', tone: 'waiting' },
  live: { icon: 'check', label: 'event stream', tone: 'good' },
  polling: { icon: 'retry', label: 'asking every 5 s', tone: 'retrying' },
  paused: { icon: 'pause', label: 'paused', tone: 'retrying' },
  offline: { icon: 'offline', label: 'out of reach', tone: 'bad' },
};

interface HealthRowProps {
  readonly name: string;
  readonly part: NonNullable<Health['queue']> | undefined;
}

const ANSWERS: Look = { icon: 'check', label: 'answers', tone: 'good' };
const SILENT: Look = { icon: 'alert', label: 'does not answer', tone: 'bad' };
const ON_FALLBACK: Look = { icon: 'retry', label: 'on its fallback', tone: 'retrying' };

function lookOf({ status, failover }: NonNullable<HealthRowProps['part']>): Look {
  if (status !== 'ok') return SILENT;
  return failover?.active === 'fallback' ? ON_FALLBACK : ANSWERS;
}

function HealthRow({ name, part }: HealthRowProps) {
  if (part === undefined) return null;
  const { icon, label, tone } = lookOf(part);
  return (
    <li class={`tone-${tone}`}>
      <Icon name={icon} />
      <span class="health-name">{name}</span>
      <span class="health-word">{label}</span>
      <span class="health-time numeric">{part.status === 'ok' ? formatSpan(part.latencyMs) : ''}</span>
    </li>
  );
}

function UpdatesRow() {
  const { icon, label, tone } = UPDATES[liveState.value];
  return (
    <li class={`tone-${tone}`}>
      <Icon name={icon} />
      <span class="health-name">Updates</span>
      <span class="health-word">{label}</span>
      <span class="health-time" />
    </li>
  );
}

/** Whether the parts behind the dashboard answer, and how fast. */
export function HealthList({ health }: { readonly health: Health }) {
  return (
    <ul class="health-list">
      <HealthRow name="Queue" part={health.queue} />
      <HealthRow name="Delivery log" part={health.storage} />
      <UpdatesRow />
    </ul>
  );
}
