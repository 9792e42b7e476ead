import type { RefObject } from 'preact';
import { useKeys } from './shortcuts.ts';

/**
 * `j` and `k` move the focus over the rows' links; Enter then opens one as any link; `x` ticks the focused row.
 *
 * @param list - Holds the rows; each row's link carries `data-row`.
 */
export function useRowKeys(list: RefObject<HTMLElement>): void {
  const move = (step: number): void => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const present = rows.findIndex((row) => row.closest('tr')?.contains(document.activeElement));
    const next = present === -1 ? (step > 0 ? 0 : rows.length - 1) : present + step;
    rows[Math.max(0, Math.min(rows.length - 1, next))]?.focus();
  };
  const tick = (): void => {
    const row = document.activeElement?.closest('tr');
    row?.querySelector<HTMLInputElement>('input[type="checkbox"]')?.click();
  };
  useKeys({ j: () => move(1), k: () => move(-1), x: tick });
}
