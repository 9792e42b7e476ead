import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';

/** Starts the browser that the tests drive. Nothing in it goes to the network by itself. */
export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/** A page, and what went wrong on it. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console, thrown errors, and violations of the content security policy, in order. */
  readonly troubles: readonly string[];
  close(): Promise<void>;
}

/** What a page of the tests may differ in. */
export interface PageOptions extends BrowserContextOptions {
  /** What `Date.now()` says in the page, for towns whose clock stands still. Timers run. */
  readonly now?: number;
}

/** Opens a page of its own, with no cookies or storage from others. */
export async function openPage(
  browser: Browser,
  { now, ...options }: PageOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => troubles.push(`thrown: ${error.message}`));
  await page.addInitScript(
    `document.addEventListener('securitypolicyviolation', (event) => console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI));`,
  );
  if (now !== undefined) await page.clock.setFixedTime(now);
  return { page, context, troubles, close: () => context.close() };
}
