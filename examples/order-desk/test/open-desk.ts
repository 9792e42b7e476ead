import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { MailCatcher } from '../src/mail-catcher.ts';
import type { NewOrder } from '../src/order.ts';
import { startOrderDesk } from '../src/order-desk.ts';
import { readSettings } from '../src/settings.ts';
import type { SweepOptions } from '../src/sweep.ts';

const ADMIN_PASSWORD = 'correct horse battery';

/** A folder of its own for one test. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'townkrier-order-desk-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A mail server for one test. */
export async function openMailServer() {
  const catcher = new MailCatcher({ folder: join(createFolder(), 'mails') });
  const url = await catcher.listen();
  onTestFinished(() => catcher.close());
  return { url, catcher };
}

/** A desk in this process, with a mail server, for one test. */
export async function openDesk(environment: NodeJS.ProcessEnv = {}, sweep: SweepOptions = {}) {
  const mail = await openMailServer();
  const said: string[] = [];
  const settings = readSettings({
    PORT: '0',
    DATA_FOLDER: createFolder(),
    SMTP_URL: mail.url,
    ADMIN_PASSWORD,
    ...environment,
  });
  const desk = await startOrderDesk(settings, { say: (line) => said.push(line), sweep });
  onTestFinished(() => desk.close());
  return { ...desk, said, catcher: mail.catcher };
}

/** A request to an admin's route, by somebody who knows this password. */
export function askAsAdmin(url: string, password: string = ADMIN_PASSWORD): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  return fetch(url, { headers: { authorization } });
}

/** Two lenses of 12.50 EUR for Ada, unless said otherwise. */
export function createOrder(order: Partial<NewOrder> = {}): Partial<NewOrder> {
  return {
    customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
    lines: [{ article: 'Lens', quantity: 2, unitPrice: 1_250 }],
    ...order,
  };
}

export function postOrder(url: string, order: unknown = createOrder()): Promise<Response> {
  return fetch(`${url}/api/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
  });
}

/** Subjects of the mails there are, sorted. */
export async function subjectsOf(catcher: MailCatcher): Promise<string[]> {
  return (await catcher.mails()).map(({ subject }) => subject ?? '').sort();
}
