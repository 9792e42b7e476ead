import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { useRefresh } from '../news.ts';
import { links } from '../router/links.ts';
import { matchPlace } from '../router/match.ts';
import { loadSession, me } from '../state/session.ts';
import { useKeys } from '../state/shortcuts.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { Nav } from './nav.tsx';
import { Screen } from './screen.tsx';
import { Toasts } from './toasts.tsx';
import { TopBar } from './top-bar.tsx';
import './shell.css';

/** What stands around every screen. */
export function Shell() {
  const { path, route } = useLocation();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);

  useKeys({
    '?': () => setHelpOpen(true),
    'g o': () => route(links.overview()),
    'g j': () => route(links.jobs()),
    'g l': () => route(links.logs()),
  });

  useRefresh(
    () => false,
    () => {
      if (me.peek() === null) void loadSession();
    },
  );

  // A new screen starts at its top, for eyes and for screen readers; not on the first load, where the skip link comes first.
  // Before the browser paints, so that whoever types on at once is not interrupted.
  useLayoutEffect(() => {
    if (!isFirst.current) {
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    isFirst.current = false;
  }, [path]);

  const place = matchPlace(path);
  return (
    <div class="shell">
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <Nav screen={place.screen} />
      <TopBar onHelp={() => setHelpOpen(true)} />
      <main id="main" ref={main} tabIndex={-1}>
        <Screen place={place} />
      </main>
      <ConfirmDialog />
      <HelpDialog isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
      <Toasts />
    </div>
  );
}
