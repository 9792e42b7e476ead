import { LocationProvider } from 'preact-iso/router';
import { Shell } from './components/shell.tsx';
import { basePath } from './router/base.ts';

/** The dashboard. Only links below the mount are its own; every other one is the browser's. */
export function App() {
  return (
    <LocationProvider scope={basePath}>
      <Shell />
    </LocationProvider>
  );
}
