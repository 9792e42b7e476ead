import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { untilLive } from './checks.ts';
import { weeklyDigest } from './town/notifications.ts';
import { createSmallTown, type SmallTown, settled } from './town/small-town.ts';

const chromium = inject('chromium');

describe.skipIf(chromium === null)('without a reload', () => {
  let browser: Browser;
  let town: SmallTown;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser(chromium ?? '');
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    town = await createSmallTown();
    watched = await openPage(browser);
    page = watched.page;
  });
  afterEach(async () => {
    await watched.close();
    await town.close();
  });

  const sendDigest = (config = {}) =>
    settled(town.queue, 'job:completed', () =>
      town.queue.enqueue(weeklyDigest({ week: 48 }), { email: 'reader@example.com' }, config),
    );
  const updates = (name: string) => page.getByRole('button', { name: `${name}, ` });

  it('the overview counts what happens elsewhere', async () => {
    await page.goto(town.url);
    await untilLive(page);
    await page.getByRole('link', { name: 'Completed 1' }).waitFor();
    await sendDigest();
    await page.getByRole('link', { name: 'Completed 2' }).waitFor();
    expect(watched.troubles).toEqual([]);
  });

  it('the job on screen follows its own job', async () => {
    await page.goto(`${town.url}jobs/${town.failed.id}`);
    await untilLive(page);
    await town.queue.retryJob(town.failed.id);
    await page.locator('.page-title').getByText('Completed').waitFor();
  });

  it('new jobs are announced, and no row moves until they are asked for', async () => {
    await page.goto(`${town.url}jobs`);
    await untilLive(page);
    const names = () => page.locator('[data-row]').allTextContents();
    const before = await names();
    await sendDigest();
    await page.getByRole('button', { name: '1 new: show' }).waitFor();
    expect(await names()).toEqual(before);
    await page.keyboard.press('n');
    await page.getByRole('link', { name: 'digest.weekly' }).waitFor();
    expect(await names()).toEqual(['digest.weekly', ...before]);
  });

  it('a job that no longer fits its filter stays where it was, with its new status', async () => {
    await page.goto(`${town.url}jobs?status=failed`);
    await untilLive(page);
    await page.getByRole('table').waitFor();
    await settled(town.queue, 'job:completed', () => town.queue.retryJob(town.failed.id));
    await page.getByRole('button', { name: 'List changed: show' }).waitFor();
    const row = page.getByRole('row').filter({ has: page.locator(`a[href$="${town.failed.id}"]`) });
    await row.getByText('Completed').waitFor();
  });

  it('new rows of the log are announced', async () => {
    await page.goto(`${town.url}logs`);
    await untilLive(page);
    await page.getByRole('table').waitFor();
    await sendDigest();
    await page.getByRole('button', { name: '1 new: show' }).click();
    await page.getByRole('link', { name: 'Your week 48 at a glance' }).waitFor();
  });

  it('a page whose event stream is refused asks every five seconds', async () => {
    await page.route('**/api/stream*', (route) => route.abort());
    await page.goto(town.url);
    await updates('Polling').waitFor();
    await page.getByRole('link', { name: 'Completed 1' }).waitFor();
    await sendDigest();
    await page.getByRole('link', { name: 'Completed 2' }).waitFor();
  });

  it('a paused page stands still until it is resumed, and then is up to date', async () => {
    await page.goto(town.url);
    await untilLive(page);
    await page.getByRole('link', { name: 'Completed 1' }).waitFor();
    await page.keyboard.press('p');
    await updates('Paused').waitFor();
    await sendDigest();
    // Longer than an event or a question needs; there is nothing to wait for when nothing must happen.
    await page.waitForTimeout(6_000);
    expect(await page.getByRole('link', { name: 'Completed 1' }).count()).toBe(1);
    await updates('Paused').click();
    await page.getByRole('link', { name: 'Completed 2' }).waitFor();
    await untilLive(page);
  });

  it('a tab that nobody sees asks for nothing, and is up to date when it is seen again', async () => {
    const setHidden = (isHidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
      );
    await page.goto(town.url);
    await untilLive(page);
    await page.getByRole('link', { name: 'Completed 1' }).waitFor();
    await setHidden(true);
    // News that came before gathers for a moment, and is asked about once.
    await page.waitForTimeout(1_500);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await sendDigest();
    await page.waitForTimeout(6_000);
    expect(asked).toEqual([]);
    await setHidden(false);
    await page.getByRole('link', { name: 'Completed 2' }).waitFor();
  });

  it('a page without a network says so, and recovers', async () => {
    await page.goto(town.url);
    await untilLive(page);
    await watched.context.setOffline(true);
    await updates('Offline').waitFor({ timeout: 30_000 });
    await sendDigest();
    await watched.context.setOffline(false);
    await untilLive(page);
    await page.getByRole('link', { name: 'Completed 2' }).waitFor();
  });
});
