/** Loaded before an example whose code asks for port 3000, so that tests pass where that port is taken: sends it to the one in `TEST_PORT`. */
import { Server } from 'node:net';

const wanted = 3000;
const given = Number(process.env.TEST_PORT);

const { listen } = Server.prototype;
Server.prototype.listen = function (this: Server, ...args: unknown[]): Server {
  const [first, ...rest] = args;
  const isOptions = typeof first === 'object' && first !== null && 'port' in first;
  const moved = isOptions ? { ...first, port: elsewhere(first.port) } : elsewhere(first);
  return Reflect.apply(listen, this, [moved, ...rest]);
};

const { fetch } = globalThis;
globalThis.fetch = (input, init) =>
  fetch(typeof input === 'string' ? input.replace(`localhost:${wanted}`, `localhost:${given}`) : input, init);

function elsewhere(port: unknown): unknown {
  return port === wanted ? given : port;
}
