import { signal } from '@preact/signals';

const TICK_MS = 1000;

/** The present, in milliseconds since the epoch, moved on every second while the tab is seen. Relative times read it. */
export const now = signal(Date.now());

/** Keeps {@link now} moving. */
export function startNow(): void {
  setInterval(() => {
    if (!document.hidden) now.value = Date.now();
  }, TICK_MS);
  document.addEventListener('visibilitychange', () => {
    now.value = Date.now();
  });
}
