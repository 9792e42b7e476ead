import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VirtualClock } from '@townkrier/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { DashboardServer, type DashboardServerConfig } from '../src/index.ts';
import { createSources } from './harness.ts';

const open: DashboardServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.stop()));
});

function create(config: Partial<DashboardServerConfig> = {}): DashboardServer {
  const { queueManager, storageManager } = createSources();
  const server = new DashboardServer({ queueManager, storageManager, port: 0, ...config });
  open.push(server);
  return server;
}

describe('DashboardServer', () => {
  it('serves the dashboard below its path, under both loopback addresses', async () => {
    const server = create({ path: '/dashboard' });
    await server.start();
    expect(server.url).toMatch(/^http:\/\/localhost:\d+\/dashboard$/);
    const { port } = server;
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      expect((await fetch(`http://${host}:${port}/dashboard/api/health`)).status, host).toBe(200);
    }
    expect((await fetch(`http://127.0.0.1:${port}/api/health`)).status).toBe(404);
  });

  it('may be mounted at the root', async () => {
    const server = create({ path: '/' });
    await server.start();
    expect((await fetch(`${server.url}api/health`)).status).toBe(200);
  });

  it('may be started without waiting, and twice', async () => {
    const server = create();
    void server.start();
    await server.start();
    expect((await fetch(`${server.url}/api/health`)).status).toBe(200);
  });

  it('names the port when another process has it', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const server = create({ port });
    await expect(server.start()).rejects.toMatchObject({ code: 'DASHBOARD_PORT_TAKEN', port });
    await expect(server.start()).rejects.toThrow(`Port ${port}`);
    expect(server.url).toBeNull();
    await new Promise((resolve) => other.close(resolve));
  });

  it('listens nowhere when only the second loopback address is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '::1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(create({ port }).start()).rejects.toMatchObject({ code: 'DASHBOARD_PORT_TAKEN' });
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    await new Promise((resolve) => other.close(resolve));
  });

  it('says why it cannot listen on an address this machine does not have', async () => {
    const server = create({ host: '192.0.2.1' });
    await expect(server.start()).rejects.toMatchObject({ code: 'DASHBOARD_LISTEN_FAILED' });
  });

  it('listens on the host it is given', async () => {
    const server = create({ host: '127.0.0.1' });
    await server.start();
    expect(server.url).toContain('http://127.0.0.1:');
    await expect(fetch((server.url ?? '').replace('127.0.0.1', '[::1]'))).rejects.toThrow();
  });

  it('ends open event streams and frees the port when stopped, twice or not', async () => {
    const server = create();
    await server.start();
    const url = server.url ?? '';
    const stream = await fetch(`${url}/api/stream`);
    await Promise.all([server.stop(), server.stop()]);
    expect(await stream.text()).toContain('event: hello');
    expect(server.url).toBeNull();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('does not wait for ever for a request that does not end', async () => {
    const clock = new VirtualClock();
    const server = create({ clock });
    const arrived = new Promise<void>((resolve) => server.getApp().get('/hangs', () => resolve()));
    await server.start();
    const hanging = fetch(new URL('/hangs', server.url ?? '')).catch(() => 'cut');
    await arrived;
    const stopping = server.stop();
    await clock.advance(5_000);
    await stopping;
    expect(await hanging).toBe('cut');
  });

  it('may be stopped before, while and without being started', async () => {
    await create().stop();
    const server = create();
    const starting = server.start();
    await server.stop();
    await starting;
    await expect(server.start()).rejects.toMatchObject({ code: 'DASHBOARD_STOPPED' });
    expect(server.url).toBeNull();
  });

  it('hands out its Express app, to add routes to', async () => {
    const server = create();
    server.getApp().get('/ready', (_req, res) => void res.send('yes'));
    await server.start();
    expect(await (await fetch(new URL('/ready', server.url ?? ''))).text()).toBe('yes');
  });

  it.each([
    ['port', { port: -1 }],
    ['port', { port: 70_000 }],
    ['port', { port: Number.NaN }],
    ['path', { path: 'dashboard' }],
    ['path', { path: '/a b' }],
    ['host', { host: '' }],
    ['prot', { prot: 3000 }],
  ])('refuses a wrong %s', (name, config) => {
    const construct = () => create(config as Partial<DashboardServerConfig>);
    expect(construct).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(construct).toThrow(name);
  });
});
