import { channelLook } from '../format/look.ts';
import { Icon } from './icon.tsx';
import './channel-label.css';

/** A channel as drawing and word. */
export function ChannelLabel({ channel }: { readonly channel: string }) {
  const look = channelLook(channel);
  return (
    <span class="channel-label">
      <Icon name={look.icon} />
      {look.label}
    </span>
  );
}
