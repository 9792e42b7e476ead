import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Provider,
  type ProviderRule,
  type ProviderSettings,
  startProvider,
} from '../harness/provider.ts';
import { until } from '../harness/until.ts';

const opened: Provider[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((provider) => provider.stop()));
});

async function open(settings: Partial<ProviderSettings> = {}, folder = newFolder()): Promise<Provider> {
  const provider = await startProvider(folder, { honoursKeys: true, ...settings });
  opened.push(provider);
  return provider;
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'townkrier-provider-'));
}

function send({ url }: Provider, key: string, n = 1, channel = 'email'): Promise<Response> {
  const body = JSON.stringify({ n, channel });
  return fetch(url, { method: 'POST', headers: { 'idempotency-key': key }, body });
}

const once = (does: ProviderRule['does'], more: Partial<ProviderRule> = {}): ProviderRule => ({
  does,
  times: 1,
  per: 'key',
  ...more,
});

describe('the provider', () => {
  it('answers a second request with a key as the first, and accepts nothing again', async () => {
    const provider = await open();
    const [first, second] = [await send(provider, 'k'), await send(provider, 'k')];
    expect(await second.json()).toEqual(await first.json());
    expect(provider.ledger().map(({ what }) => what)).toEqual(['accepted', 'repeated']);
  });

  it('accepts twice what comes twice where it does not honour keys', async () => {
    const provider = await open({ honoursKeys: false });
    await send(provider, 'k');
    await send(provider, 'k');
    expect(provider.ledger().map(({ what }) => what)).toEqual(['accepted', 'accepted']);
    expect(provider.accepted()).toBe(2);
  });

  it('knows its keys again after it was killed', async () => {
    const folder = newFolder();
    const first = await open({}, folder);
    const answer = await (await send(first, 'k')).json();
    await first.stop();
    expect(await (await send(await open({}, folder), 'k')).json()).toEqual(answer);
  });

  it('refuses with the status and the wait it is told, and has not accepted', async () => {
    const provider = await open({ rules: [once('refuse', { status: 429, retryAfter: 7 })] });
    const refused = await send(provider, 'k');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await send(provider, 'k')).status).toBe(200);
    expect(provider.ledger().map(({ what }) => what)).toEqual(['refused', 'accepted']);
  });

  it('hangs before it accepts', async () => {
    const provider = await open({ rules: [once('hang before accept')] });
    const hanging = send(provider, 'k').catch(() => 'cut');
    await until('it hangs', () => provider.hung() === 1);
    expect(provider.accepted()).toBe(0);
    await provider.stop();
    expect(await hanging).toBe('cut');
  });

  it('lets requests wait until it is given other rules', async () => {
    const provider = await open({ rules: [once('wait for other rules')] });
    const waiting = send(provider, 'k');
    await until('it waits', async () => (await provider.received()) === 1);
    expect(provider.accepted()).toBe(0);
    await provider.follow([]);
    expect((await waiting).status).toBe(200);
    expect(provider.accepted()).toBe(1);
  });

  it('hangs after it accepted', async () => {
    const provider = await open({ rules: [once('hang after accept')] });
    const hanging = send(provider, 'k').catch(() => 'cut');
    await until('it accepts', () => provider.accepted() === 1);
    await provider.stop();
    expect(await hanging).toBe('cut');
  });

  it.each([
    ['reset after accept', (provider: Provider) => send(provider, 'k')],
    ['malformed answer', async (provider: Provider) => (await send(provider, 'k')).json()],
  ] as const)('has accepted when it does this: %s', async (does, ask) => {
    const provider = await open({ rules: [once(does)] });
    await expect(ask(provider)).rejects.toThrow();
    expect(provider.ledger()).toEqual([{ what: 'accepted', key: 'k', n: 1, channel: 'email' }]);
  });

  it('applies a rule to each key or to the next of all, and to one channel alone where it says so', async () => {
    const provider = await open({ rules: [once('refuse', { channel: 'sms' })] });
    const status = async (key: string, channel: string) => (await send(provider, key, 1, channel)).status;
    expect([await status('a', 'sms'), await status('b', 'email'), await status('c', 'sms')]).toEqual([
      503, 200, 503,
    ]);
    await provider.follow([once('refuse', { per: 'all' })]);
    expect([await status('d', 'sms'), await status('e', 'sms')]).toEqual([503, 200]);
  });
});
