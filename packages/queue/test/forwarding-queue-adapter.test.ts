import { expect, it } from 'vitest';
import { ForwardingQueueAdapter } from '../src/forwarding-queue-adapter.ts';
import { InMemoryQueueAdapter } from '../src/in-memory/in-memory-queue-adapter.ts';
import type { QueueAdapter } from '../src/queue-adapter.ts';

type OptionalKey<Part> = { [Key in keyof Part]-?: object extends Pick<Part, Key> ? Key : never }[keyof Part];

/** What the contract leaves to an adapter. The compiler says when it leaves more. */
const OPTIONAL: Readonly<Record<OptionalKey<QueueAdapter>, true>> = {
  countAhead: true,
  shared: true,
  stream: true,
  audit: true,
  ping: true,
};

it('what the other adapter has this one has, and what it has not this one has not', () => {
  const everything = new Proxy<QueueAdapter>(new InMemoryQueueAdapter(), {
    get: (_target, key) => Object.assign(() => undefined, { key }),
  });
  const nothing = new Proxy<QueueAdapter>(new InMemoryQueueAdapter(), {
    get: (target, key) => (Object.hasOwn(OPTIONAL, key) ? undefined : Reflect.get(target, key)),
  });
  const [full, bare] = [new ForwardingQueueAdapter(everything), new ForwardingQueueAdapter(nothing)];
  for (const key of Object.keys(OPTIONAL)) {
    expect(Reflect.get(full, key), key).toBeDefined();
    expect(Reflect.get(bare, key), key).toBeUndefined();
  }
});
