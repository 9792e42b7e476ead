import { ICON_PATHS, type IconName } from './icon-paths.ts';
import './icon.css';

/** A small drawing beside a word. It says nothing to a screen reader; the word does. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={ICON_PATHS[name]} />
    </svg>
  );
}
