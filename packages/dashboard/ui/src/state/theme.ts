import { effect, signal } from '@preact/signals';
import { readStored, writeStored } from './stored.ts';

/** `system` follows the operating system. */
export type Theme = 'system' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** The reader's choice, kept in this browser. */
export const theme = signal<Theme>(THEMES.find((name) => name === readStored('theme')) ?? 'system');

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(prefersDark.matches);
prefersDark.addEventListener('change', (event) => {
  systemIsDark.value = event.matches;
});

/** What is shown now, after asking the system. Read it where CSS can't reach: in a canvas. */
export function isDark(): boolean {
  return theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value);
}

/** Moves to the next choice: system, light, dark, and round again. */
export function nextTheme(): void {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length];
  theme.value = next ?? 'system';
}

/** Applies the choice to the page now and whenever it changes. */
export function startTheme(): void {
  effect(() => {
    const choice = theme.value;
    if (choice === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = choice;
    writeStored('theme', choice === 'system' ? null : choice);
  });
}
