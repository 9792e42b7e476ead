import type { ComponentChildren, JSX } from 'preact';
import { Icon } from './icon.tsx';
import type { IconName } from './icon-paths.ts';
import './button.css';

interface ButtonProps extends Omit<JSX.HTMLAttributes<HTMLButtonElement>, 'icon' | 'size'> {
  readonly look?: 'plain' | 'quiet' | 'primary' | 'danger';
  readonly icon?: IconName;
  readonly type?: 'button' | 'submit';
  readonly disabled?: boolean;
  readonly children: ComponentChildren;
}

/** A button with words, and a drawing if that helps. */
export function Button({ look = 'plain', icon, type = 'button', children, ...rest }: ButtonProps) {
  return (
    <button {...rest} type={type} class={`button button-${look}`}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}
