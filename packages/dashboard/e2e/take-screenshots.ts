/**
 * Draws the pictures of the README: `pnpm run screenshots [folder]` in this package, after `vite build`.
 * The town, its clock and its ids are the same in every run, so the pictures change only when the dashboard does. The browser is
 * `TOWNKRIER_TEST_CHROMIUM`, or `/usr/bin/chromium`.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchBrowser, openPage } from './browser.ts';
import { untilLive } from './checks.ts';
import { STORY_NOW, tellStory } from './town/story.ts';

const IMAGES = fileURLToPath(new URL('../../../docs/images', import.meta.url));
const SETTLE_MS = 1_500;
const [, , folder = IMAGES] = process.argv;
const town = await tellStory();
const browser = await launchBrowser(process.env['TOWNKRIER_TEST_CHROMIUM'] ?? '/usr/bin/chromium');

interface Shot {
  readonly name: string;
  readonly path: string;
  /** What must be there before the picture is taken. */
  readonly landmark: string;
  readonly colorScheme?: 'light' | 'dark';
  /** Of the window, in pixels: so much that the picture ends where the content does. */
  readonly height: number;
}

async function failedJobPath(): Promise<string> {
  const jobs = await town.queue.getJobs({ status: 'failed', limit: 1 });
  return `jobs/${jobs[0]?.id}`;
}

async function take({ name, path, landmark, height, colorScheme = 'light' }: Shot): Promise<void> {
  const { page, close, troubles } = await openPage(browser, {
    now: STORY_NOW,
    colorScheme,
    reducedMotion: 'reduce',
    viewport: { width: 1280, height },
  });
  await page.goto(town.url + path);
  await untilLive(page);
  await page.locator(landmark).first().waitFor();
  // Hearing the server for the first time refreshes everything once more.
  await page.waitForTimeout(SETTLE_MS);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  for (const trouble of troubles) console.error(`${name}: ${trouble}`);
  await close();
}

const SHOTS: readonly Shot[] = [
  { name: 'dashboard-overview', path: '', landmark: 'canvas', height: 962 },
  { name: 'dashboard-overview-dark', path: '', landmark: 'canvas', height: 962, colorScheme: 'dark' },
  { name: 'dashboard-job', path: await failedJobPath(), landmark: '.timeline', height: 880 },
];

await mkdir(folder, { recursive: true });
try {
  for (const shot of SHOTS) await take(shot);
} finally {
  await browser.close();
  await town.close();
}
