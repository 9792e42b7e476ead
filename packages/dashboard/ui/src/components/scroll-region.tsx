import type { ComponentChildren } from 'preact';

interface ScrollRegionProps {
  /** What is in it, for screen readers. */
  readonly label: string;
  readonly class: string;
  readonly children: ComponentChildren;
}

/** Something longer than its place. It takes the focus, so that the arrow keys scroll it. */
export function ScrollRegion({ label, class: className, children }: ScrollRegionProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without a pointer it could not be scrolled
    <section class={className} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
