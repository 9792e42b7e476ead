import { statusLook } from '../format/look.ts';
import { Icon } from './icon.tsx';
import './status-badge.css';

/** A status as word, drawing and colour. */
export function StatusBadge({ status }: { readonly status: string }) {
  const look = statusLook(status);
  return (
    <span class={`status-badge tone-${look.tone}`}>
      <Icon name={look.icon} />
      {look.label}
    </span>
  );
}
