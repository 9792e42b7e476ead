import { systemClock } from '@townkrier/core';
import { InMemoryStorageAdapter, type NotificationLog, StorageManager } from '@townkrier/storage';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { untilLive } from './checks.ts';
import { createTown, type Town } from './town/town.ts';

const chromium = inject('chromium');

const SCRIPT = '<script>window.parent.pwned=1;document.body.textContent="it ran"</script>';

/** Gives back messages with a script in them, which `StorageManager` would have taken out: the dashboard must not rely on it. */
class CarelessStorageAdapter extends InMemoryStorageAdapter {
  override async get(id: string): Promise<NotificationLog | null> {
    const log = await super.get(id);
    return log === null ? null : { ...log, content: `<p>Hello</p>${SCRIPT}${log.subject}` };
  }
}

/** Each would set `window.pwned` where it is taken for markup, for a script or for an address to follow. */
const HOSTILE = [
  '<script>window.pwned=1</script>',
  '</script><script>window.pwned=1</script>',
  '"><img src=x onerror="window.pwned=1">',
  "'><svg onload=window.pwned=1>",
  '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  '</title></style></textarea><img src=x onerror=window.pwned=1>',
  'javascript:window.pwned=1//',
  '{{constructor.constructor("window.pwned=1")()}}',
  '%3Cscript%3Ewindow.pwned=1%3C/script%3E',
  '../..//evil?<b>#é☃',
  '__proto__',
  'constructor',
] as const;

describe.skipIf(chromium === null)('hostile texts', () => {
  let browser: Browser;
  let town: Town;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser(chromium ?? '');
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    const ids = HOSTILE.values();
    // Ids of rows are hostile too; `public` rows are shown as they were written.
    const storage = new StorageManager(new CarelessStorageAdapter({ maskSensitiveContent: false }), {
      createId: () => ids.next().value ?? 'one too many',
    });
    town = await createTown({ clock: systemClock, dashboard: { storageManager: storage } });
    for (const text of HOSTILE) {
      await town.adapter.add([hostileJob(text)]);
      await storage.logNotification(hostileRow(text));
    }
    await failOne(town);
    watched = await openPage(browser);
    page = watched.page;
  });
  afterEach(async () => {
    await watched.close();
    await town.close();
  });

  async function expectHarmless(): Promise<void> {
    expect(await page.evaluate('typeof window.pwned')).toBe('undefined');
    expect(watched.troubles).toEqual([]);
  }

  it('are text in the lists and on the overview', async () => {
    await page.goto(town.url);
    await untilLive(page);
    await page.getByText('failed (<script>window.pwned=1</script>)').first().waitFor();
    await page.goto(`${town.url}jobs`);
    for (const text of HOSTILE) await page.getByRole('link', { name: text, exact: true }).first().waitFor();
    await page.goto(`${town.url}logs`);
    for (const text of HOSTILE) await page.getByRole('link', { name: text, exact: true }).first().waitFor();
    await expectHarmless();
  });

  it('are text in every field of a job, whose address holds its id', async () => {
    for (const text of HOSTILE) {
      await page.goto(`${town.url}jobs/${encodeURIComponent(text)}`);
      await page.getByRole('heading', { level: 1, name: text, exact: true }).waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('dialog').getByText(`${text} · ${text}`, { exact: true }).waitFor();
    }
    await expectHarmless();
  });

  it('are text in every field of a row, whose address holds its id', async () => {
    for (const text of HOSTILE) {
      await page.goto(`${town.url}logs/${encodeURIComponent(text)}`);
      await page.getByRole('heading', { level: 1, name: text, exact: true }).waitFor();
      await page.getByRole('button', { name: 'Source' }).click();
      await page.getByRole('region', { name: 'Message source' }).getByText(text).waitFor();
    }
    expect(await page.evaluate('typeof window.pwned')).toBe('undefined');
    // What the browser says about each script that it stopped in a preview is the proof that it did.
    expect(watched.troubles.filter((trouble) => !isStoppedInPreview(trouble))).toEqual([]);
  });

  it('are text in the address, where they are filters', async () => {
    for (const text of HOSTILE) {
      const value = encodeURIComponent(text);
      await page.goto(`${town.url}jobs?name=${value}&status=${value}&selected=${value}`);
      await page.getByLabel('Name', { exact: true }).waitFor();
      await page.goto(`${town.url}logs?recipient=${value}&sort=${value}`);
      await page.getByLabel('Recipient').waitFor();
    }
    expect(await page.evaluate('typeof window.pwned')).toBe('undefined');
  });

  it('a script in a mail does not run in its preview, which has no way to the dashboard', async () => {
    await page.goto(`${town.url}logs/${encodeURIComponent(HOSTILE[0])}`);
    const frame = page.locator('iframe[title="Message preview"]');
    expect(await frame.getAttribute('sandbox')).toBe('');
    await page.frameLocator('iframe[title="Message preview"]').getByText('Hello').waitFor();
    expect(await page.evaluate('typeof window.pwned')).toBe('undefined');
    expect(watched.troubles.some(isStoppedInPreview)).toBe(true);
  });
});

function isStoppedInPreview(trouble: string): boolean {
  return /Blocked script execution|Content Security Policy|CSP: /.test(trouble);
}

function hostileJob(text: string) {
  return {
    id: text,
    name: text,
    type: text,
    queue: text,
    tags: [text],
    groupKey: text,
    idempotencyKey: text,
    metadata: { [text]: text },
    payload: { [text]: text },
    deliveries: [
      {
        idempotencyKey: text,
        channel: text,
        status: 'failed',
        isRetryable: false,
        attempts: 1,
        provider: text,
        messageId: text,
        reason: text,
        updatedAt: new Date(),
      },
    ],
  } as const;
}

function hostileRow(text: string) {
  return {
    notificationId: text,
    notificationType: text,
    channel: text,
    recipient: text,
    status: 'failed',
    subject: text,
    content: 'replaced by the adapter',
    contentType: 'html',
    contentPrivacy: 'public',
    provider: text,
    messageId: text,
    jobId: text,
    reason: text,
    error: text,
    errorCode: text,
    metadata: { [text]: text },
    tags: [text],
    retryLogs: [
      { attempt: 1, status: 'failed', timestamp: new Date(), provider: text, error: text, errorCode: text },
    ],
  } as const;
}

/** A job that fails with a hostile reason, for the list of last failures. */
async function failOne(town: Town): Promise<void> {
  const failed = new Promise<void>((resolve) => {
    town.adapter.on('job:failed', () => resolve());
  });
  const worker = town.adapter.work(
    () => {
      throw Object.assign(new Error(`failed (${HOSTILE[0]})`), { name: HOSTILE[2] });
    },
    { queues: ['doomed'] },
  );
  await town.adapter.add([{ type: 'doomed', queue: 'doomed', payload: null, maxRetries: 0 }]);
  await failed;
  await worker.stop();
}
