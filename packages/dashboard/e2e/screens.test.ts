import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launchBrowser, openPage } from './browser.ts';
import { findAccessibilityProblems, measureOverflow, untilLive } from './checks.ts';
import { tellStory } from './town/story.ts';
import type { Town } from './town/town.ts';

const chromium = inject('chromium');

describe.skipIf(chromium === null)('every screen', () => {
  let town: Town;
  let browser: Browser;

  beforeAll(async () => {
    [town, browser] = await Promise.all([tellStory(), launchBrowser(chromium ?? '')]);
  });

  afterAll(async () => {
    await browser?.close();
    await town?.close();
  });

  const firstJob = async (): Promise<string> =>
    `jobs/${(await town.queue.getJobs({ status: 'failed', limit: 1 }))[0]?.id}`;
  const firstMail = async (): Promise<string> =>
    `logs/${(await town.storage.queryLogs({ channel: 'email', status: 'sent', limit: 1 })).logs[0]?.id}`;

  const screens = [
    { name: 'the overview', path: async () => '', heading: 'Overview' },
    { name: 'the jobs', path: async () => 'jobs', heading: 'Jobs' },
    { name: 'a job', path: firstJob, heading: 'order.shipped' },
    { name: 'the notification log', path: async () => 'logs', heading: 'Notification log' },
    { name: 'a row of the log', path: firstMail, heading: 'Order A-7741 is on its way' },
    { name: 'an empty list', path: async () => 'jobs?name=nobody', heading: 'Jobs' },
    { name: 'an address that leads nowhere', path: async () => 'nowhere', heading: 'No such page' },
  ];

  const open = (width: number) =>
    openPage(browser, { reducedMotion: 'reduce', viewport: { width, height: 812 } });

  describe.each([1280, 375])('at %i px, light and dark,', (width) => {
    it.each(screens)('$name has no accessibility, policy or layout problem', async ({ path, heading }) => {
      const { page, troubles, close } = await open(width);
      await page.goto(town.url + (await path()));
      await untilLive(page);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await page.getByText('Loading').waitFor({ state: 'detached' });

      expect(await findAccessibilityProblems(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await findAccessibilityProblems(page)).toEqual([]);
      expect(await measureOverflow(page)).toBe(0);
      await page.setViewportSize({ width: 320, height: 640 });
      expect(await measureOverflow(page)).toBe(0);
      expect(troubles).toEqual([]);
      await close();
    });

    it('the open dialogs have no accessibility or policy problem', async () => {
      const { page, troubles, close } = await open(width);
      await page.goto(town.url + (await firstJob()));
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('dialog', { name: 'Delete this job?' }).waitFor();
      expect(await findAccessibilityProblems(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      expect(await findAccessibilityProblems(page)).toEqual([]);
      expect(troubles).toEqual([]);
      await close();
    });
  });
});
