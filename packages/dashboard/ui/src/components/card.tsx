import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import './card.css';

interface CardProps {
  readonly title: string;
  /** Stands at the end of the title's line. */
  readonly aside?: ComponentChildren;
  /** Content to the edge, for tables and lists. */
  readonly flush?: boolean;
  readonly children: ComponentChildren;
}

/** A titled section on a surface of its own. */
export function Card({ title, aside, flush = false, children }: CardProps) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <header class="card-header">
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      <div class={flush ? 'card-body card-body-flush' : 'card-body'}>{children}</div>
    </section>
  );
}
