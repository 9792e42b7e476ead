import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { untilLive } from './checks.ts';
import { createSmallTown, type SmallTown } from './town/small-town.ts';

const chromium = inject('chromium');

describe.skipIf(chromium === null)('by mouse', () => {
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

  const row = (name: string) => page.getByRole('row').filter({ hasText: name });
  const dialog = () => page.getByRole('dialog');
  const title = () => page.locator('.page-title');

  it('a failed job is found, opened, retried and seen to complete', async () => {
    await page.getByRole('link', { name: 'Failed 2' }).click();
    await page.getByRole('link', { name: 'appointment.reminder' }).last().click();
    await title().getByText('Failed').waitFor();
    expect(await page.getByText('The number is not in service (21614).').count()).toBeGreaterThan(0);

    await page.getByRole('button', { name: 'Retry' }).click();
    expect(await dialog().textContent()).toContain(`appointment.reminder · ${town.failed.id}`);
    await dialog().getByRole('button', { name: 'Retry job' }).click();

    await title().getByText('Completed').waitFor();
    await page.getByText('Retried appointment.reminder.').waitFor();
    expect((await town.queue.getJob(town.failed.id))?.status).toBe('completed');
    expect(watched.troubles).toEqual([]);
  });

  it('a confirmation that is declined changes nothing', async () => {
    await page.goto(`${town.url}jobs/${town.failed.id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await dialog().getByRole('button', { name: 'Keep as it is' }).click();
    await dialog().waitFor({ state: 'hidden' });
    expect((await town.queue.getJob(town.failed.id))?.status).toBe('failed');
  });

  it('a scheduled job is cancelled from its row', async () => {
    await page.getByRole('link', { name: 'Scheduled 1' }).click();
    await row('invoice.due').getByRole('button', { name: 'Cancel invoice.due' }).click();
    await dialog().getByRole('button', { name: 'Cancel job' }).click();
    await page.getByText('Cancelled invoice.due.').waitFor();
    await page.getByText('No job matches').waitFor();
    expect((await town.queue.getJob(town.scheduled.id))?.status).toBe('cancelled');
  });

  it('a job is deleted, and its list comes back without it', async () => {
    await page.goto(`${town.url}jobs/${town.completed.id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await dialog().getByRole('button', { name: 'Delete job' }).click();
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    await row('invoice.due').waitFor();
    expect(await row('order.shipped').count()).toBe(0);
    expect(await town.queue.getJob(town.completed.id)).toBeNull();
  });

  it('ticked jobs are retried at once, after their number was confirmed', async () => {
    await page.goto(`${town.url}jobs?status=failed`);
    await page.getByRole('checkbox', { name: 'Select all rows on this page' }).check();
    await page.reload();
    await page.getByRole('region', { name: 'Selected jobs' }).getByText('2 selected').waitFor();

    await page.getByRole('button', { name: 'Retry 2' }).click();
    await page.getByRole('dialog', { name: 'Retry 2 jobs?' }).waitFor();
    await dialog().getByRole('button', { name: 'Retry 2 jobs' }).click();

    await page.getByText('Retried 2 of 2 jobs.').waitFor();
    await page.getByText('No job matches').waitFor();
    expect((await town.queue.getStats()).failed).toBe(0);
  });

  it('the log is narrowed, a row opened, and its mail shown', async () => {
    await page.getByRole('link', { name: 'Notification log' }).click();
    await page.getByLabel('Channel').selectOption('email');
    await page.getByLabel('Status').selectOption('sent');
    expect(page.url()).toBe(`${town.url}logs?channel=email&status=sent`);
    await page.getByRole('link', { name: 'Order A-1 is on its way' }).click();

    const mail = page.frameLocator('iframe[title="Message preview"]');
    await mail.getByRole('heading', { name: 'Your order is on its way' }).waitFor();
    expect(await mail.locator('body').textContent()).not.toContain('Grace');
    await page.getByRole('button', { name: 'Source' }).click();
    expect(await page.getByRole('region', { name: 'Message source' }).textContent()).toContain('<h1');
    await page.getByRole('link', { name: 'Open job' }).click();
    await page.getByRole('heading', { level: 1, name: 'order.shipped' }).waitFor();
    expect(watched.troubles).toEqual([]);
  });

  it('the rows of a recipient are found by the whole address', async () => {
    await page.goto(`${town.url}logs`);
    await page.getByLabel('Recipient').fill('grace@example.com');
    await page.getByLabel('Recipient').press('Enter');
    await page.getByText('1–1 of 1').waitFor();
    await page.getByRole('link', { name: 'Order A-1 is on its way' }).waitFor();
  });

  it('a reload shows the same filters, order and page', async () => {
    await page.goto(`${town.url}jobs?status=failed&name=appointment.reminder&order=asc&size=50`);
    const shown = async () => {
      await page.getByRole('table').waitFor();
      return page.locator('[data-row]').evaluateAll((rows) => rows.map((row) => row.getAttribute('href')));
    };
    const before = await shown();
    expect(before.map((href) => href?.split('/').at(-1))).toEqual([town.failed.id, town.alsoFailed.id]);
    await page.reload();
    expect(await shown()).toEqual(before);
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('appointment.reminder');
    expect(await page.getByLabel('Order').inputValue()).toBe('asc');
    expect(await page.locator('.pagination select').inputValue()).toBe('50');
    expect(
      await page
        .getByRole('link', { name: /^Failed/ })
        .last()
        .getAttribute('aria-current'),
    ).toBe('page');
  });

  it('the way back leads through the same addresses', async () => {
    await page.getByRole('link', { name: 'Failed 2' }).click();
    await page.getByRole('link', { name: 'appointment.reminder' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'appointment.reminder' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    expect(page.url()).toBe(`${town.url}jobs?status=failed`);
  });

  it('the chosen theme outlives a reload, and the system decides again when asked to', async () => {
    const scheme = () => page.evaluate<string>('getComputedStyle(document.documentElement).colorScheme');
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    expect(await scheme()).toBe('dark');
    await page.reload();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    expect(await scheme()).toBe('dark');
    await page.getByRole('button', { name: 'Theme: dark' }).click();
    expect(await scheme()).toBe('light dark');
  });
});

describe.skipIf(chromium === null)('for people who may do less', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser(chromium ?? '');
  });
  afterAll(() => browser?.close());

  it('what they may not do is not offered', async () => {
    const town = await createSmallTown({ dashboard: { readOnly: true } });
    const { page, close } = await openPage(browser);
    await page.goto(`${town.url}jobs`);
    await page.getByRole('link', { name: 'order.shipped' }).waitFor();
    expect(await page.getByRole('checkbox').count()).toBe(0);
    await page.goto(`${town.url}jobs/${town.failed.id}`);
    await page.getByRole('heading', { level: 1, name: 'appointment.reminder' }).waitFor();
    expect(await page.getByRole('button', { name: /Retry|Cancel|Delete/ }).count()).toBe(0);
    await close();
    await town.close();
  });

  it('what they may not see says so', async () => {
    const town = await createSmallTown({
      dashboard: { authorize: () => ({ id: 'eve', permissions: ['stats:read'] }) },
    });
    const { page, close } = await openPage(browser);
    for (const path of ['jobs', `jobs/${town.failed.id}`, 'logs', 'logs/any']) {
      await page.goto(town.url + path);
      await page.getByText('You may not see this').waitFor();
    }
    await close();
    await town.close();
  });
});
