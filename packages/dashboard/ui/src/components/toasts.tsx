import { dismissToast, toasts } from '../state/toasts.ts';
import { Icon } from './icon.tsx';
import { IconButton } from './icon-button.tsx';
import './toasts.css';

/** Messages about what was done, in the corner; read out politely. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, tone, text }) => (
        <div class={`toast tone-${tone}`} key={id}>
          <Icon name={tone === 'good' ? 'check' : 'alert'} />
          <p class="break">{text}</p>
          <IconButton icon="cross" label="Dismiss" onClick={() => dismissToast(id)} />
        </div>
      ))}
    </div>
  );
}
