// First, because the order of the layers is the order in which they are first named.
import './styles/index.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { startLive } from './live.ts';
import { pinIcon } from './router/base.ts';
import { startNow } from './state/now.ts';
import { loadSession } from './state/session.ts';
import { startShortcuts } from './state/shortcuts.ts';
import { startTheme } from './state/theme.ts';

const root = document.getElementById('app');
if (root === null) throw new Error('The page has no #app to draw in.');

pinIcon();
startTheme();
startNow();
startShortcuts();
startLive();
void loadSession();
render(<App />, root);
