/**
 * Where the dashboard is mounted, as the browser sees it: `/`, `/admin/dashboard/`, or whatever a proxy made of it. Always ends with a slash.
 *
 * The script knows its own URL (`<mount>/assets/<name>.js`), so nobody has to configure the path and no inline script has to announce it.
 */
export const basePath: string = import.meta.env.DEV
  ? '/'
  : new URL(/* @vite-ignore */ '../', import.meta.url).pathname;

/** The absolute path of something below the mount: `toPath('jobs')`, `toPath('api/stats')`. */
export function toPath(relative: string): string {
  return basePath + relative;
}

/** A path below the mount with the mount taken off: `jobs/42`; empty for the mount itself. Still percent-encoded. */
export function fromPath(path: string): string {
  return path.startsWith(basePath) ? path.slice(basePath.length) : '';
}

/**
 * Makes the icon's relative address absolute. Browsers read it anew, relative to the new address, whenever the app goes to another screen.
 */
export function pinIcon(): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon !== null) icon.setAttribute('href', icon.href);
}
