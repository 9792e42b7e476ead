import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launchBrowser, openPage } from './browser.ts';
import { untilLive } from './checks.ts';
import { openStrippingProxy } from './town/proxy.ts';
import { createSmallTown } from './town/small-town.ts';

const chromium = inject('chromium');
const AWKWARD_ID = 'a/b?c=1#d<%41>é☃ ..';

const places = [
  { where: 'at the root', mountPath: '/', prefix: null },
  { where: 'in a folder', mountPath: '/admin/town/krier', prefix: null },
  { where: 'in a folder called jobs', mountPath: '/jobs/logs', prefix: null },
  { where: 'behind a proxy that strips a prefix', mountPath: '/', prefix: '/ops/notifications/' },
  { where: 'in a folder behind a proxy that strips a prefix', mountPath: '/dash', prefix: '/ops/' },
];

describe.skipIf(chromium === null)('mounted', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser(chromium ?? '');
  });
  afterAll(() => browser?.close());

  it.each(places)('$where everything works without a setting', async ({ mountPath, prefix }) => {
    const town = await createSmallTown({ mountPath });
    await town.adapter.add([
      {
        id: AWKWARD_ID,
        type: 'awkward',
        queue: 'awkward',
        payload: null,
        scheduledFor: Date.now() + 3_600_000,
      },
    ]);
    const proxy = prefix === null ? null : await openStrippingProxy(new URL(town.url).origin, prefix);
    const url = proxy === null ? town.url : proxy.url + mountPath.slice(1) + (mountPath === '/' ? '' : '/');
    const { page, troubles, close } = await openPage(browser);

    await page.goto(url);
    await untilLive(page);
    await page.locator('canvas').first().waitFor();
    await page.getByRole('link', { name: 'Jobs' }).first().click();
    await page.getByRole('link', { name: 'awkward' }).click();
    await page.getByRole('heading', { level: 1, name: 'awkward' }).waitFor();
    expect(page.url()).toBe(`${url}jobs/${encodeURIComponent(AWKWARD_ID)}`);

    await page.reload();
    await untilLive(page);
    await page.getByRole('heading', { level: 1, name: 'awkward' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel job' }).click();
    await page.locator('.page-title').getByText('Cancelled').waitFor();

    await page.getByRole('link', { name: 'Notification log' }).first().click();
    await page.getByRole('link', { name: 'Order A-1 is on its way' }).click();
    await page.frameLocator('iframe').getByRole('heading', { name: 'Your order is on its way' }).waitFor();
    expect(troubles).toEqual([]);
    await close();
    await proxy?.close();
    await town.close();
  });

  it('without the slash at its end it is found all the same', async () => {
    const town = await createSmallTown({ mountPath: '/admin/dash' });
    const { page, troubles, close } = await openPage(browser);
    await page.goto(town.url.slice(0, -1));
    await untilLive(page);
    await page.getByRole('link', { name: 'Jobs' }).first().click();
    await page.waitForURL(`${town.url}jobs`);
    await page.getByRole('link', { name: 'order.shipped' }).waitFor();
    expect(troubles).toEqual([]);
    await close();
    await town.close();
  });
});
