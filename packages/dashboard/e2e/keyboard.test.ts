import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { untilLive } from './checks.ts';
import { createSmallTown, type SmallTown } from './town/small-town.ts';

const chromium = inject('chromium');

describe.skipIf(chromium === null)('by keyboard', () => {
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
    await page.goto(town.url);
    await untilLive(page);
  });
  afterEach(async () => {
    await watched.close();
    await town.close();
  });

  const focused = () => page.locator(':focus');
  const heading = (name: string) => page.getByRole('heading', { level: 1, name });

  async function press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await page.keyboard.press(key);
  }

  /** As often as a person would before giving up. */
  async function tabTo(name: string): Promise<void> {
    for (let presses = 0; presses < 40; presses += 1) {
      await press('Tab');
      if (
        (await focused()
          .textContent()
          .catch(() => '')) === name
      )
        return;
    }
    throw new Error(`Tab does not reach "${name}".`);
  }

  it('the first stop of Tab skips to the content', async () => {
    await press('Tab');
    expect(await focused().textContent()).toBe('Skip to content');
    await press('Enter');
    expect(await focused().getAttribute('id')).toBe('main');
    expect(page.url()).toContain(town.url);
  });

  it('a failed job is found, opened, retried and seen to complete', async () => {
    await press('g', 'j');
    await heading('Jobs').waitFor();
    await tabTo('Failed2');
    await press('Enter');
    await page.waitForURL(`${town.url}jobs?status=failed`);
    await page.getByText('1–2 of 2').waitFor();
    await press('j', 'j', 'j', 'k', 'j');
    expect(await focused().getAttribute('href')).toContain(town.failed.id);
    await press('Enter');
    await heading('appointment.reminder').waitFor();

    await tabTo('Retry');
    await press('Enter');
    await page.getByRole('dialog', { name: 'Retry this job?' }).waitFor();
    await tabTo('Retry job');
    await press('Enter');
    await page.locator('.page-title').getByText('Completed').waitFor();
    expect(watched.troubles).toEqual([]);
  });

  it('Esc closes a question, and the focus is where it was', async () => {
    await page.goto(`${town.url}jobs/${town.failed.id}`);
    await page.getByRole('button', { name: 'Delete' }).waitFor();
    await tabTo('Delete');
    await press('Enter');
    await page.getByRole('dialog', { name: 'Delete this job?' }).waitFor();
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await focused().textContent()).toBe('Delete');
    expect((await town.queue.getJob(town.failed.id))?.status).toBe('failed');
  });

  it('x ticks the focused row', async () => {
    await page.goto(`${town.url}jobs`);
    await page.getByRole('link', { name: 'invoice.due' }).waitFor();
    await press('j', 'x');
    await page.getByText('1 selected').waitFor();
    await press('x');
    await page.getByText('1 selected').waitFor({ state: 'detached' });
  });

  it('the slash leads to the search, which finds jobs and rows by id, and jobs by name', async () => {
    const { logs } = await town.storage.queryLogs({ channel: 'sms', limit: 1 });
    const search = async (text: string) => {
      await press('/');
      await page.keyboard.type(text);
      await press('Enter');
    };
    await search(town.scheduled.id);
    await heading('invoice.due').waitFor();
    await search(logs[0]?.id ?? '');
    await heading(logs[0]?.subject ?? logs[0]?.notificationType ?? '').waitFor();
    expect(page.url()).toBe(`${town.url}logs/${logs[0]?.id}`);
    await search('order.shipped');
    await page.waitForURL(`${town.url}jobs?name=order.shipped`);
    await page.getByText('1–1 of 1').waitFor();
  });

  it('the question mark lists the keys, and they can be turned off for good', async () => {
    await press('?');
    const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await help.getByText('Go to the notification log').waitFor();
    await help.getByRole('checkbox', { name: 'Single-key shortcuts' }).uncheck();
    await press('Escape');
    await help.waitFor({ state: 'hidden' });
    await page.reload();
    await untilLive(page);
    await press('g', 'j', '?');
    expect(page.url()).toBe(town.url);
    expect(await help.isVisible()).toBe(false);
  });

  it('keys typed into a field stay there', async () => {
    await page.goto(`${town.url}jobs`);
    await page.getByLabel('Name', { exact: true }).focus();
    await page.keyboard.type('gjp?x');
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('gjp?x');
    await untilLive(page);
  });
});
