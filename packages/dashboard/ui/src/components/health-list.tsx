import type { Health } from '../../../src/api-types.ts';
import { formatSpan } from '../format/time.ts';
import { Icon } from './icon.tsx';
import './health-list.css';

interface HealthRowProps {
  readonly name: string;
  readonly part: NonNullable<Health['queue']> | undefined;
}

function HealthRow({ name, part }: HealthRowProps) {
  if (part === undefined) return null;
  const isUp = part.status === 'ok';
  return (
    <li class={isUp ? 'tone-good' : 'tone-bad'}>
      <Icon name={isUp ? 'check' : 'alert'} />
      <span class="health-name">{name}</span>
      <span class="health-word">{isUp ? 'answers' : 'does not answer'}</span>
      <span class="health-time numeric">{isUp ? formatSpan(part.latencyMs) : ''}</span>
    </li>
  );
}

/** Whether the parts behind the dashboard answer, and how fast. */
export function HealthList({ health }: { readonly health: Health }) {
  return (
    <ul class="health-list">
      <HealthRow name="Queue" part={health.queue} />
      <HealthRow name="Delivery log" part={health.storage} />
    </ul>
  );
}
