import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { until } from '../harness/until.ts';

describe('the proxy', () => {
  let server: Server;
  let proxy: TcpProxy;

  beforeEach(async () => {
    // Answers each piece with itself.
    server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    proxy = await TcpProxy.to(typeof address === 'object' && address !== null ? address.port : 0);
  });
  afterEach(async () => {
    await proxy.close();
    server.close();
  });

  async function open(): Promise<{ readonly socket: Socket; readonly heard: () => string }> {
    const socket = connect(proxy.port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return { socket, heard: () => text };
  }

  it('forwards both ways', async () => {
    const { socket, heard } = await open();
    socket.write('hello');
    await until('the echo', () => heard() === 'hello');
  });

  it('cuts with a reset, and takes new connections', async () => {
    const { socket } = await open();
    await until('it is joined', () => proxy.connections === 1);
    const [error] = await Promise.all([once(socket, 'error'), proxy.cut()]);
    expect(error).toMatchObject([{ code: 'ECONNRESET' }]);
    const again = await open();
    again.socket.write('again');
    await until('the echo', () => again.heard() === 'again');
  });

  it('forwards nothing while it is frozen, tells nobody, and forwards what waited in its order', async () => {
    const [before, bystander] = [await open(), await open()];
    proxy.freeze();
    const during = await open();
    before.socket.write('1');
    before.socket.write('2');
    during.socket.write('3');
    // One more round trip on the bystander's server side: had anything passed, it would be here.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([before.heard(), during.heard(), bystander.socket.destroyed]).toEqual(['', '', false]);
    proxy.clear();
    await until('what waited', () => before.heard() === '12' && during.heard() === '3');
  });

  it('delays each piece', async () => {
    const { socket, heard } = await open();
    proxy.slow(50);
    const start = performance.now();
    socket.write('late');
    await until('the echo', () => heard() === 'late');
    expect(performance.now() - start).toBeGreaterThanOrEqual(100);
  });

  it('refuses', async () => {
    await open();
    proxy.refuse();
    const socket = connect(proxy.port, '127.0.0.1');
    expect(await once(socket, 'error')).toMatchObject([{ code: 'ECONNRESET' }]);
    await until('nobody is connected', () => proxy.connections === 0);
  });
});
