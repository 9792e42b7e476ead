import type { JSX } from 'preact';
import { Icon } from './icon.tsx';
import type { IconName } from './icon-paths.ts';
import './button.css';

interface IconButtonProps extends JSX.HTMLAttributes<HTMLButtonElement> {
  readonly icon: IconName;
  /** What it does: its name for everybody, as tooltip too. */
  readonly label: string;
}

/** A button whose drawing everybody knows. */
export function IconButton({ icon, label, ...rest }: IconButtonProps) {
  return (
    <button {...rest} type="button" class="icon-button" aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  );
}
