import type { ComponentChildren } from 'preact';
import './facts.css';

/** A name and what is known under it; left out where nothing is. */
export interface Fact {
  readonly name: string;
  readonly value: ComponentChildren;
}

/** Facts as a list of names and values. Empty values (`null`, `undefined`, `false`, `''`) are left out. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(({ value }) => value !== null && value !== undefined && value !== '' && value !== false)
        .map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="break">{value}</dd>
          </div>
        ))}
    </dl>
  );
}
