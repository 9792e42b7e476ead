import { nextTheme, type Theme, theme } from '../state/theme.ts';
import { Brand } from './brand.tsx';
import { Finder } from './finder.tsx';
import { IconButton } from './icon-button.tsx';
import type { IconName } from './icon-paths.ts';
import { LiveIndicator } from './live-indicator.tsx';
import './top-bar.css';

const THEMES: Readonly<Record<Theme, { icon: IconName; label: string }>> = {
  system: { icon: 'monitor', label: 'Theme: system' },
  light: { icon: 'sun', label: 'Theme: light' },
  dark: { icon: 'moon', label: 'Theme: dark' },
};

/** Search, freshness, theme and help, on every screen. */
export function TopBar({ onHelp }: { readonly onHelp: () => void }) {
  return (
    <header class="top-bar">
      <Brand />
      <Finder />
      <div class="top-bar-tools">
        <LiveIndicator />
        <IconButton {...THEMES[theme.value]} onClick={nextTheme} />
        <IconButton icon="help" label="Keyboard shortcuts" onClick={onHelp} />
      </div>
    </header>
  );
}
