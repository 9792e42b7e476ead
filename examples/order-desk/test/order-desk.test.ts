import { extractText, getDocumentProxy } from 'unpdf';
import { describe, expect, it } from 'vitest';
import { askAsAdmin, createOrder, openDesk, postOrder, subjectsOf } from './open-desk.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };

describe('an order', () => {
  it('is mailed to its customer with an invoice that says what for and how much', async () => {
    const { url, catcher } = await openDesk();
    const answer = await postOrder(url);
    expect(answer.status).toBe(201);
    expect(await answer.json()).toEqual({ id: 'A-000001', total: 2_500 });

    await expect.poll(() => catcher.count, PATIENCE).toBe(1);
    const [mail] = await catcher.mails();
    expect(mail).toMatchObject({ subject: 'Your order A-000001', to: [{ address: 'ada@example.com' }] });
    const text = await readPdf(mail?.attachments[0]?.content);
    expect(text).toContain('Invoice A-000001');
    expect(text).toContain('2 x Lens');
    expect(text).toMatch(/Total\s+25\.00 EUR/);
  });

  it('is told to its customer and to admins inside the app, once', async () => {
    const { url, inbox, catcher } = await openDesk();
    await postOrder(url);
    await expect.poll(() => catcher.count, PATIENCE).toBe(1);
    await expect.poll(() => inbox.of('admin').length, PATIENCE).toBe(1);
    expect(inbox.of('admin')).toMatchObject([
      { title: 'Order A-000001: 25.00 EUR', message: 'From Ada Lovelace' },
    ]);
    const entries = await (await askAsAdmin(`${url}/api/inbox/ada@example.com`)).json();
    expect(entries).toMatchObject([{ title: 'Order A-000001 received' }]);
  });

  it('that is express goes to admins by mail too', async () => {
    const { url, catcher } = await openDesk();
    await postOrder(url, createOrder({ isExpress: true }));
    await expect
      .poll(() => subjectsOf(catcher), PATIENCE)
      .toEqual(['Express order A-000001: 25.00 EUR', 'Your order A-000001']);
  });

  it('with a long list has an invoice of several pages', async () => {
    const { url, catcher } = await openDesk();
    const lines = Array.from({ length: 100 }, (_, index) => ({
      article: `Article ${index}`,
      quantity: 1,
      unitPrice: 100,
    }));
    await postOrder(url, createOrder({ lines }));
    await expect.poll(() => catcher.count, PATIENCE).toBe(1);
    const [mail] = await catcher.mails();
    const text = await readPdf(mail?.attachments[0]?.content);
    expect(text).toContain('Article 0');
    expect(text).toContain('Article 99');
    expect(text).toMatch(/Total\s+100\.00 EUR/);
  });

  it.each([
    ['without lines', createOrder({ lines: [] }), 'lines'],
    [
      'with a second line in a name',
      createOrder({ customer: { name: 'A\nB', email: 'a@example.com' } }),
      'customer.name',
    ],
    ['with no address', createOrder({ customer: { name: 'Ada', email: 'nowhere' } }), 'customer.email'],
    ['with something unknown in it', { ...createOrder(), coupon: 'X' }, 'coupon'],
  ])('%s is refused, and nothing is queued', async (_what, order, problem) => {
    const { url, queueManager } = await openDesk();
    const answer = await postOrder(url, order);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(await answer.json())).toContain(problem);
    expect((await queueManager.findJobs({})).total).toBe(0);
  });
});

describe('what is no JSON', () => {
  it('is refused as such, and not as a fault of the app', async () => {
    const { url, said } = await openDesk();
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/api/orders`, { method: 'POST', headers, body: '{"customer":' });
    expect(answer.status).toBe(400);
    expect(said.join('\n')).not.toContain('Trouble');
  });
});

describe('admins', () => {
  it('hear of urgent orders first, then of large ones', async () => {
    const { url, queueManager, inbox } = await openDesk();
    const started: string[] = [];
    await queueManager.queues.pause('notification');
    await postOrder(url);
    await postOrder(url, createOrder({ lines: [{ article: 'Machine', quantity: 1, unitPrice: 100_000 }] }));
    await postOrder(url, createOrder({ isExpress: true }));
    await expect.poll(async () => (await queueManager.getStats('notification')).pending, PATIENCE).toBe(6);
    queueManager.on('job:started', ({ jobId, name }) => {
      if (name === 'order.new') started.push(jobId);
    });

    await queueManager.queues.resume('notification');
    await expect.poll(() => inbox.of('admin').length, PATIENCE).toBe(3);
    const jobs = await Promise.all(started.map((id) => queueManager.getJob(id)));
    expect(jobs.map((job) => job?.priority)).toEqual([20, 10, 5]);
  });

  it('get a briefing when its slot comes', async () => {
    const { url, inbox } = await openDesk({ BRIEFING_CRON: '* * * * * *' });
    await postOrder(url);
    await expect
      .poll(() => inbox.of('admin').map(({ message }) => message), PATIENCE)
      .toContain('New orders within 24 hours: 1, 25.00 EUR in all.');
  });

  it('get it at half past seven on working days, unless told otherwise', async () => {
    const { queueManager } = await openDesk();
    await expect
      .poll(() => queueManager.schedules.get('daily-briefing'), PATIENCE)
      .toMatchObject({ cron: '30 7 * * MON-FRI', timeZone: 'Europe/Vienna' });
  });
});

describe('what is for admins', () => {
  const ROUTES = [
    '/api/queue/stats',
    '/api/queue/health',
    '/api/queue/info',
    '/api/inbox/ada',
    '/dashboard/api/stats',
  ];

  it('is closed to everybody without a password', async () => {
    const { url } = await openDesk({ ADMIN_PASSWORD: '' });
    for (const route of ROUTES) {
      expect([route, (await fetch(url + route)).status]).toEqual([route, 403]);
      expect([route, (await askAsAdmin(url + route)).status]).toEqual([route, 403]);
    }
  });

  it('asks for the password, and opens to nobody who does not know it', async () => {
    const { url } = await openDesk();
    for (const route of ROUTES) {
      const unknown = await fetch(url + route);
      expect([route, unknown.status, unknown.headers.get('www-authenticate')]).toEqual([
        route,
        401,
        expect.stringContaining('Basic'),
      ]);
      expect([route, (await askAsAdmin(url + route, 'a wrong password')).status]).toEqual([route, 401]);
      expect([route, (await askAsAdmin(url + route)).status]).toEqual([route, 200]);
    }
  });

  it('tells how the six queues stand', async () => {
    const { url, catcher } = await openDesk();
    await postOrder(url);
    await expect.poll(() => catcher.count, PATIENCE).toBe(1);
    const stats = async () => (await askAsAdmin(`${url}/api/queue/stats`)).json();
    await expect.poll(stats, PATIENCE).toMatchObject({
      total: { completed: 5, failed: 0 },
      queues: {
        email: { completed: 1 },
        pdf: { completed: 1 },
        notification: { completed: 2 },
        oma: { completed: 1 },
      },
    });
    expect(await (await askAsAdmin(`${url}/api/queue/health`)).json()).toMatchObject({
      status: 'ok',
      backend: 'sqlite',
    });
    const names = ['email', 'pdf', 'notification', 'ai', 'oma', 'scheduled'];
    expect(await (await askAsAdmin(`${url}/api/queue/info`)).json()).toMatchObject({
      queues: names.map((name) => ({ name })),
      schedules: [{ name: 'daily-briefing' }],
    });
  });
});

describe('without queues', () => {
  it('an order is mailed within its request', async () => {
    const { url, catcher, queueManager } = await openDesk({ FULFILMENT: 'inline' });
    expect((await postOrder(url)).status).toBe(201);
    expect(await subjectsOf(catcher)).toEqual(['Your order A-000001']);
    expect((await queueManager.findJobs({})).total).toBe(0);
  });
});

async function readPdf(content: unknown): Promise<string> {
  if (!(content instanceof ArrayBuffer)) throw new Error('The mail has no attachment.');
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(content)), { mergePages: true });
  return text;
}
