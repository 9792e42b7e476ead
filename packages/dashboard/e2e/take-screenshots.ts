/**
 * Draws the pictures of the README: `node --conditions=@townkrier/source packages/dashboard/e2e/take-screenshots.ts [folder]`, after `vite build`.
 * The town, its clock and its ids are the same in every run, so the pictures change only when the dashboard does. The browser is
 * `TOWNKRIER_TEST_CHROMIUM`, or `/usr/bin/chromium`.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launchBrowser, openPage } from './browser.ts';
import { STORY_NOW, tellStory } from './town/story.ts';

const IMAGES = fileURLToPath(new URL('../../../docs/images', import.meta.url));
const [, , folder = IMAGES] = process.argv;
const town = await tellStory();
const browser = await launchBrowser(process.env['TOWNKRIER_TEST_CHROMIUM'] ?? '/usr/bin/chromium');

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
  readonly prepare?: (page: Page) => Promise<void>;
}

async function failedJobPath(): Promise<string> {
  const jobs = await town.queue.getJobs({ status: 'failed', limit: 1 });
  return `jobs/${jobs[0]?.id}`;
}

async function take({ name, path, colorScheme = 'light', width = 1280 }: Shot): Promise<void> {
  const { page, close, troubles } = await openPage(browser, {
    now: STORY_NOW,
    colorScheme,
    reducedMotion: 'reduce',
    viewport: { width, height: width < 600 ? 812 : 860 },
  });
  await page.goto(town.url + path);
  await page.getByRole('button', { name: 'Live, pause updates' }).waitFor();
  await page.waitForTimeout(900);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: process.env['FULL'] === '1' });
  for (const trouble of troubles) console.error(`${name}: ${trouble}`);
  await close();
}

const SHOTS: readonly Shot[] = [
  { name: 'dashboard-overview', path: '' },
  { name: 'dashboard-overview-dark', path: '', colorScheme: 'dark' },
  { name: 'dashboard-job', path: await failedJobPath() },
];

await mkdir(folder, { recursive: true });
try {
  for (const shot of SHOTS) await take(shot);
} finally {
  await browser.close();
  await town.close();
}
