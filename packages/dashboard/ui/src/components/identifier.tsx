import { CopyButton } from './copy-button.tsx';
import './identifier.css';

/** An id: in full, in letters of one width, ready to copy. */
export function Identifier({ value, what }: { readonly value: string; readonly what: string }) {
  return (
    <span class="identifier">
      <span class="mono break">{value}</span>
      <CopyButton text={value} what={what} />
    </span>
  );
}
