import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Button } from './button.tsx';
import './filter-bar.css';

interface FilterBarProps {
  /** How many filters narrow the list now. */
  readonly active: number;
  readonly children: ComponentChildren;
}

/** The filters of a list. On phones they stay behind a button until they are wanted. */
export function FilterBar({ active, children }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <search class="filter-bar">
      <div class="filter-bar-toggle">
        <Button aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
          Filters{active > 0 && ` (${active})`}
        </Button>
      </div>
      <div id={id} class="filter-bar-fields" data-open={isOpen}>
        {children}
      </div>
    </search>
  );
}
