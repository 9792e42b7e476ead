import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BullMqScript, callable } from '../src/scripts/bullmq-lua.ts';

/**
 * The scripts of BullMQ 6.7.0, as they were read when ours were written. One that differs may take other arguments, or keep a job elsewhere: read what
 * changed, see that the suites pass, and write down the new hash.
 */
const READ: Readonly<Record<BullMqScript, string>> = {
  addDelayedJob: '4b0e6935a03527bd',
  addLog: '71b5b54a2ffef5da',
  addPrioritizedJob: 'e9dba02ef348f2f0',
  moveToActive: 'ae1233651ce1924f',
  moveToDelayed: 'e900ed147fe1f976',
  moveToFinished: '9659f6aacbc17ce7',
  removeJob: 'c81ab9f26406566c',
  retryJob: 'f3d7abe2847d11b7',
  updateProgress: '1a7a0eaedd043b28',
};
const NAMES = Object.keys(READ) as BullMqScript[];

it.each(NAMES)("BullMQ's script %s is the one that was read", (name) => {
  expect(createHash('sha256').update(callable(name)).digest('hex').slice(0, 16)).toBe(READ[name]);
});

describe('a BullMQ that does its work in another way', () => {
  afterEach(() => {
    vi.doUnmock('bullmq');
    vi.resetModules();
  });

  /** What the constructor of the adapter throws with a BullMQ that brings these scripts. */
  async function refusalOf(scripts: Readonly<Record<string, number>>): Promise<unknown> {
    vi.resetModules();
    vi.doMock('bullmq', async (original) => ({
      ...(await original<typeof import('bullmq')>()),
      RedisConnection: class {
        constructor(client: { defineCommand(name: string, script: object): void }) {
          for (const [name, numberOfKeys] of Object.entries(scripts)) {
            client.defineCommand(`${name}:9.0.0`, { numberOfKeys, lua: 'return 1' });
          }
        }
        on(): void {}
      },
    }));
    const { BullMqQueueAdapter } = await import('../src/index.ts');
    try {
      return new BullMqQueueAdapter({ connection: { port: 1, lazyConnect: true }, onError: () => undefined });
    } catch (error) {
      return error;
    }
  }

  it('is refused by a typed error when it has not one of the scripts', async () => {
    expect(await refusalOf({})).toMatchObject({
      code: 'BULLMQ_UNSUPPORTED_VERSION',
      message: expect.stringMatching(/^The installed BullMQ has no script \w+/),
    });
  });

  it('is refused by a typed error when a script takes other keys', async () => {
    const changed = Object.fromEntries(NAMES.map((name) => [name, 1]));
    expect(await refusalOf(changed)).toMatchObject({
      code: 'BULLMQ_UNSUPPORTED_VERSION',
      message: expect.stringMatching(/^The installed BullMQ has another script \w+/),
    });
  });
});
